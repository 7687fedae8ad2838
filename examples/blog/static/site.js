// The colours that the reader chose, before anything is painted. A script sets them, so that shared pages need not vary.
const theme = /(?:^|; )preferences=(light|dark)/.exec(document.cookie);
if (theme) document.documentElement.dataset.theme = theme[1];

// What this answer took, which for a page from a cache is less than what its rendering took.
function showAnswer() {
  const navigation = performance.getEntriesByType("navigation")[0];
  const timing = Object.fromEntries((navigation?.serverTiming ?? []).map((entry) => [entry.name, entry]));
  const place = document.querySelector("[data-answer]");
  if (!timing.answer || !place) return;
  const queries = timing.queries.description;
  const took = `${timing.answer.duration.toFixed(1)} ms and ${queries} ${queries === "1" ? "query" : "queries"}`;
  place.textContent = `This answer took ${took}.`;
  place.hidden = false;
}

// The live numbers of /work.
async function showWork(section) {
  const answer = await fetch(section.dataset.live);
  const work = await answer.json();
  for (const place of section.querySelectorAll("[data-count]")) place.textContent = work[place.dataset.count];
  const lines = work.last_queries.map((sql) => Object.assign(document.createElement("li"), { textContent: sql }));
  section.querySelector("[data-log]").replaceChildren(...lines);
}

addEventListener("DOMContentLoaded", () => {
  showAnswer();
  const section = document.querySelector("[data-live]");
  if (section) setInterval(() => showWork(section).catch(() => {}), 1000);
});
