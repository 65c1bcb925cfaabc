// Projects in use: filters while one types, and ticks all that is found without a round trip.
// Without this file the same buttons ask the server.
const form = document.querySelector("[data-projects]");
const filter = form.querySelector("[data-filter]");
const rows = [...form.querySelectorAll("[data-project]")];
const box = (row) => row.querySelector("input");
const total = rows.length;
// A search that the server answered left rows out; then only the server knows them all.
const complete = filter.value === "";

const say = () => {
  const found = rows.filter((row) => !row.hidden && !box(row).checked).length;
  const ticked = rows.filter((row) => box(row).checked).length;
  form.querySelector("[data-count]").textContent = `${ticked} ticked · ${found} others found of ${total}`;
};

const apply = () => {
  const words = filter.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.dataset.search.includes(words) && !box(row).checked;
  for (const group of form.querySelectorAll("[data-group]")) {
    group.hidden = ![...group.querySelectorAll("[data-project]")].some((row) => !row.hidden);
  }
  say();
};

if (complete) {
  form.querySelector("[data-no-script]").hidden = true;
  filter.addEventListener("input", apply);
  filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  form.querySelector("[data-all]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const row of rows) if (!row.hidden && !row.closest("[data-archived]")) box(row).checked = true;
    say();
  });
  form.querySelector("[data-none]").addEventListener("click", (event) => {
    event.preventDefault();
    for (const row of rows) box(row).checked = false;
    apply();
  });
  form.addEventListener("change", say);
}
