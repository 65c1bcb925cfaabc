// Selects a text that is there to be copied when it is clicked or reached by keyboard.
for (const field of document.querySelectorAll("[data-copy]")) {
  field.addEventListener("focus", () => field.select());
}
