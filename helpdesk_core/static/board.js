// The mapping board in place: the same form posts as without this file, sent by fetch, answered with the board's part
// of the page. Added here: dragging, arrow keys on a card's box, the filter, and telling screen readers what happened.
const board = document.querySelector("[data-board]");
const announcer = document.querySelector("[data-announce]");
const all = (selector, root = board) => [...root.querySelectorAll(selector)];
const form = () => board.querySelector("[data-board-form]");
const cardOf = (id) => board.querySelector(`[data-card="${CSS.escape(id)}"]`);
const boxOf = (card) => card.querySelector("input[name=card]");
const ticked = () => all("input[name=card]:checked");

// ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

let sending = Promise.resolve();

/** Send one change after the other, each answered by the board as it then is. */
function send(fields, focus) {
  const data = new FormData(form());
  for (const name of ["card", "to", "before", "do"]) data.delete(name);
  for (const [name, value] of fields) data.append(name, value);
  const headers = { "X-Board-Part": "1" };
  const address = form().action;
  board.setAttribute("aria-busy", "true");
  sending = sending.then(() => fetch(address, { method: "POST", body: data, headers }))
    .then(async (answer) => {
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      show(await answer.text(), focus, data.get("do") === "move");
    })
    .catch(() => {
      announcer.textContent = "This could not be sent. The page is loaded again.";
      window.location.reload();
    })
    .finally(() => board.removeAttribute("aria-busy"));
}

function show(html, focus, moved) {
  const lanes = board.querySelector(".lanes");
  const [left, words] = [lanes.scrollLeft, board.querySelector("[data-filter]").value];
  const tops = new Map(all("[data-lane]").map((lane) => [lane.dataset.lane, lane.querySelector("[data-cards]").scrollTop]));
  const picked = new Set(ticked().map((box) => box.value));
  board.innerHTML = html;
  const keep = !moved || board.querySelector("[data-refused]");
  for (const box of all("input[name=card]")) box.checked = keep && picked.has(box.value);
  board.querySelector(".lanes").scrollLeft = left;
  for (const lane of all("[data-lane]")) lane.querySelector("[data-cards]").scrollTop = tops.get(lane.dataset.lane) ?? 0;
  board.querySelector("[data-filter]").value = words;
  prepare();
  const said = board.querySelector("[data-said]");
  announcer.textContent = said?.textContent ?? "";
  if (said && (said.hasAttribute("data-refused") || focus === "say")) said.hidden = false;
  const target = typeof focus === "function" ? focus() : null;
  target?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// ── gestures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Move cards to a lane; the first of them keeps the focus. */
function move(values, lane, before = "") {
  const first = values[0].slice(values[0].indexOf(":") + 1);
  const fields = [["do", "move"], ["to", lane.dataset.lane], ["before", before], ...values.map((value) => ["card", value])];
  send(fields, () => boxIn(first));
}

/** A card's box; the card may have joined another of its name. */
function boxIn(id) {
  const card = cardOf(id) ?? board.querySelector(`input[value="${CSS.escape(`single:${id}`)}"]`)?.closest("[data-card]");
  return card ? boxOf(card) : board.querySelector(".lanes");
}

function shift(card, direction) {
  const lane = card.closest("[data-lane]");
  if (direction === "up" || direction === "down") {
    if (!lane.dataset.lane.startsWith("column:")) return;
    send([["do", `${direction}:${card.dataset.card}`]], () => boxIn(card.dataset.card));
    return;
  }
  const lanes = all("[data-lane]");
  const next = lanes[lanes.indexOf(lane) + (direction === "right" ? 1 : -1)];
  if (next) move([boxOf(card).value], next);
}

board.addEventListener("submit", (event) => {
  const button = event.submitter;
  const action = button?.value ?? "heads";
  if (event.target !== form() || action === "review") return;
  event.preventDefault();
  if (action === "move") {
    const fields = [["do", "move"], ["to", form().elements.to.value], ...ticked().map((box) => ["card", box.value])];
    const first = ticked()[0]?.value.replace(/^\w+:/, "");
    send(fields, first ? () => boxIn(first) : undefined);
  } else if (/^(up|down):/.test(action)) {
    shift(button.closest("[data-card]"), action.split(":")[0]);
  } else {
    const again = ["suggest", "alike", "discard", "follow"].includes(action) ? "say" : undefined;
    send([["do", action]], again);
  }
});

board.addEventListener("change", (event) => {
  const key = event.target.dataset.head;
  if (key !== undefined) send([["do", "heads"]], () => board.querySelector(`[data-head="${CSS.escape(key)}"]`));
  if (event.target.name === "card") showBar();
});

board.addEventListener("keydown", (event) => {
  const direction = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" }[event.key];
  const card = event.target.closest("[data-card]");
  if (!direction || !event.shiftKey || !card || event.target !== boxOf(card)) return;
  event.preventDefault();
  shift(card, direction);
});

// ── dragging ────────────────────────────────────────────────────────────────────────────────────────────────────────

let dragged = [];

board.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-card]");
  if (!card) return;
  const box = boxOf(card);
  dragged = box.checked ? ticked().map((other) => other.value) : [box.value];
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.name);
  card.dataset.dragged = "";
});

board.addEventListener("dragover", (event) => {
  const lane = event.target.closest("[data-lane]");
  if (!lane || !dragged.length) return;
  event.preventDefault();
  unmark();
  lane.dataset.over = "";
  const before = cardBelow(lane, event.clientY);
  if (before) before.dataset.dropBefore = "";
});

board.addEventListener("drop", (event) => {
  const lane = event.target.closest("[data-lane]");
  if (!lane || !dragged.length) return;
  event.preventDefault();
  const before = cardBelow(lane, event.clientY);
  const values = dragged;
  dragged = [];
  unmark();
  move(values, lane, before?.dataset.card ?? "");
});

board.addEventListener("dragend", () => {
  dragged = [];
  unmark();
  for (const card of all("[data-dragged]")) delete card.dataset.dragged;
});

/** The card in front of which a drop at this height puts things; trays have no order. */
function cardBelow(lane, height) {
  if (!lane.dataset.lane.startsWith("column:")) return undefined;
  const resting = all("[data-card]:not([data-dragged])", lane).filter((card) => !card.hidden);
  return resting.find((card) => {
    const { top, bottom } = card.getBoundingClientRect();
    return height < (top + bottom) / 2;
  });
}

function unmark() {
  for (const lane of all("[data-over]")) delete lane.dataset.over;
  for (const card of all("[data-drop-before]")) delete card.dataset.dropBefore;
}

// ── bar and filter ──────────────────────────────────────────────────────────────────────────────────────────────────

function showBar() {
  const count = ticked().length;
  board.querySelector("[data-picked]").textContent = count ? `${count} ticked` : "Ticked cards";
}

function filterCards() {
  const words = board.querySelector("[data-filter]").value.trim().toLowerCase();
  for (const card of all("[data-card]")) card.hidden = !card.dataset.search.includes(words);
}

board.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filterCards();
});

// ── reading projects ────────────────────────────────────────────────────────────────────────────────────────────────

const reading = document.querySelector("[data-reading]");

/** Read on, some projects a request, until all are read, something goes wrong, or the page is left. */
async function readOn() {
  const button = reading.querySelector("button");
  const said = reading.querySelector("[data-reading-said]");
  if (document.activeElement === button) said.focus();
  button.hidden = true;
  let now = { read: -1, more: true };
  try {
    while (now.more) {
      now = await readSome(now.read);
      said.textContent = now.words;
    }
  } catch {
    said.textContent = "Reading stopped: the helpdesk did not answer.";
  }
  button.hidden = now.read === now.total;
  send([["do", "heads"]]); // changes nothing, and answers with the board as it is now
}

/** Read the next projects; `before` is how many were read, for a project may never be. */
async function readSome(before) {
  const headers = { "X-Reading-Progress": "1" };
  const answer = await fetch(reading.action, { method: "POST", body: new FormData(reading), headers });
  if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
  const { read, total, trouble } = await answer.json();
  const bar = reading.querySelector("progress");
  [bar.max, bar.value] = [total, read];
  const words = read < total ? `Reading projects: ${read} of ${total}` : `All ${total} projects are read.`;
  return { read, total, words: trouble || words, more: !trouble && read < total && read > before };
}

reading.addEventListener("submit", (event) => {
  event.preventDefault();
  readOn();
});

function prepare() {
  for (const hint of all("[data-script-only]")) hint.hidden = false;
  filterCards();
  showBar();
}

board.dataset.script = "";
prepare();
// Just chosen: nobody has to ask for the rest. Later it is asked for, since the trouble that stopped it may last.
if (!reading.hidden && new URLSearchParams(window.location.search).has("reading")) readOn();
