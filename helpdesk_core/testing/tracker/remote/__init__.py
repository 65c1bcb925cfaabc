"""The imaginary tracker as a remote system: its records, and what it answers over HTTP. It knows no helpdesk."""
