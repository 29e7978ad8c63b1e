// What hands do, and what the street looks like a second later. No word here: each state has its own in the page.
const HALF_HOUR = 1800;
const corners = new Map([...document.querySelectorAll("[data-corner]")].map((corner) => [corner.dataset.corner, corner]));
const clock = document.querySelector("[data-pace]");
const pace = Number(clock.dataset.pace);
const began = Date.now();

function stateOf(seen) {
  if (!seen) return "absent";
  if (seen.door !== "closed") return "open";
  return seen.latch === "unlocked" ? "unlocked" : "closed";
}

// A door that stands open, by the town's clock, and what is left of the half hour by the visitor's own.
function showSince(corner, seen) {
  const line = corner.querySelector(".since");
  line.hidden = !seen || seen.open_for === undefined;
  if (line.hidden) return;
  const passed = seen.open_for * pace;
  const left = Math.ceil((HALF_HOUR - passed) / pace);
  line.dataset.late = String(left <= 0);
  for (const slot of line.querySelectorAll("[data-since]")) slot.textContent = `${Math.floor(passed / 60)} min`;
  line.querySelector("[data-left]").textContent = String(Math.max(left, 0));
}

function show(states) {
  for (const [name, seen] of Object.entries(states)) {
    const corner = corners.get(name);
    if (!corner) continue;
    corner.dataset.door = stateOf(seen);
    showSince(corner, seen);
    for (const button of corner.querySelectorAll("button")) button.disabled = !seen || corner.dataset.busy === "true";
  }
}

async function look() {
  try {
    const seen = await (await fetch("/state")).json();
    show(seen.corners);
    document.querySelector("[data-letters]").textContent = seen.letters.toLocaleString(document.documentElement.lang);
  } catch {
    show(Object.fromEntries([...corners.keys()].map((name) => [name, null])));
  }
}

async function act(name, corner, what) {
  const troubles = [...corner.querySelectorAll("[data-fault]")];
  for (const trouble of troubles) trouble.hidden = true;
  corner.dataset.busy = String(what === "leave-open");
  try {
    const answer = await fetch("/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ corner: name, act: what }),
    });
    corner.dataset.busy = "false";
    const said = await answer.json();
    if (answer.ok) show(said);
    else for (const trouble of troubles) trouble.hidden = trouble.dataset.fault !== said.fault;
  } finally {
    corner.dataset.busy = "false";
  }
}

for (const [name, corner] of corners) {
  corner.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    await act(name, corner, button.dataset.act);
    if (button.dataset.act === "touch") {
      corner.classList.add("touched");
      setTimeout(() => corner.classList.remove("touched"), 900);
    }
  });
}

function tick() {
  const minutes = Math.floor(((Date.now() - began) / 60000) * pace);
  const words = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
  clock.querySelector(".hour").setAttribute("transform", `rotate(${minutes / 2} 20 20)`);
  clock.querySelector(".minute").setAttribute("transform", `rotate(${(minutes % 60) * 6} 20 20)`);
  clock.querySelector("[data-clock]").textContent = words;
}

for (const [mark, target] of [["phone", "phone"], ["member", "member"]]) {
  for (const link of document.querySelectorAll(`[data-${mark}]`)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      window.open(link.href, target, "popup,width=390,height=844");
    });
  }
}
for (const link of document.querySelectorAll("[data-desk]")) link.target = "desk";
for (const link of document.querySelectorAll("[data-police]")) link.target = "police";

tick();
setInterval(tick, 250);
await look();
setInterval(look, 1000);
