// What hands do, and what the street looks like a second later. No word here: each state has its own in the page.
const corners = new Map([...document.querySelectorAll("[data-corner]")].map((corner) => [corner.dataset.corner, corner]));

function stateOf(seen) {
  if (!seen) return "absent";
  if (seen.door !== "closed") return seen.door === "forced" ? "forced" : "open";
  return seen.latch === "unlocked" ? "unlocked" : "closed";
}

function show(states) {
  for (const [name, seen] of Object.entries(states)) {
    const corner = corners.get(name);
    if (!corner) continue;
    corner.dataset.door = stateOf(seen);
    for (const button of corner.querySelectorAll("button")) button.disabled = !seen;
  }
}

async function look() {
  try {
    show(await (await fetch("/state")).json());
  } catch {
    show(Object.fromEntries([...corners.keys()].map((name) => [name, null])));
  }
}

for (const [name, corner] of corners) {
  corner.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const answer = await fetch("/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ corner: name, act: button.dataset.act }),
    });
    if (answer.ok) show(await answer.json());
    if (button.dataset.act === "touch") {
      corner.classList.add("touched");
      setTimeout(() => corner.classList.remove("touched"), 900);
    }
  });
}

for (const link of document.querySelectorAll("[data-phone]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    window.open(link.href, "phone", "popup,width=390,height=844");
  });
}
for (const link of document.querySelectorAll("[data-desk]")) link.target = "desk";

await look();
setInterval(look, 1000);
