// The label in the header: whether this answer came from the cache, and what it took. The HTML cannot say it, for a page from
// the cache is that of the miss; the header `Server-Timing` is made for each answer. Browsers show it to scripts on HTTPS and on
// localhost.
const [navigation] = performance.getEntriesByType("navigation");

function showPill(asked) {
  const timing = (navigation?.serverTiming ?? []).map((entry) => [entry.name, entry]);
  const { cache, total, sql } = Object.fromEntries(timing);
  if (!cache) return;
  const pill = document.querySelector("[data-pill]");
  pill.dataset.pill = asked ? cache.description : "BROWSER";
  pill.textContent = asked
    ? `${cache.description} · ${total.duration.toFixed(1)} ms · ${sql.description} SQL`
    : "BROWSER CACHE · no request";
}

// A guess before the page is painted. Once it is loaded, its size is known: nothing if the browser has not asked.
showPill(navigation?.type !== "back_forward");
addEventListener("pageshow", (event) => showPill(!event.persisted && navigation?.transferSize > 0));

// The numbers of /stats, every two seconds.
async function refresh() {
  const answer = await fetch("/stats");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("[data-live]").replaceWith(page.querySelector("[data-live]"));
}

addEventListener("DOMContentLoaded", () => {
  if (document.querySelector("[data-live]")) setInterval(() => refresh().catch(() => {}), 2000);
});
