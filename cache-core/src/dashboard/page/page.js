'use strict';
(() => {
const BASE = document.body.dataset.base;
const $ = id => document.getElementById(id);
const DASH = '–';

// ── Nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}
const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const s = (tag, props, ...children) => fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
const muted = (...children) => h('span', { class: 'muted' }, children);
const code = (...children) => h('code', {}, children);
const td = (...children) => h('td', {}, children);
const li = (...children) => h('li', {}, children);
const ul = (...children) => h('ul', {}, children);
const swatch = name => h('i', { class: `swatch ${name}` });
const press = (label, kind, onclick, more) => h('button', { type: 'button', class: kind, onclick, ...more }, label);

function setText(node, value) {
  if (node.textContent !== value) node.textContent = value;
}
function setVar(node, name, value) {
  if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value);
}

// Names, keys and tags come from anywhere. What cannot be seen (controls, bidi marks, zero widths, odd spaces) is spelled out.
const UNSEEN = /(?! )[\p{C}\p{Z}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/gu;
const SHORT = new Map([['\n', '\\n'], ['\r', '\\r'], ['\t', '\\t'], ['\0', '\\0']]);
const spell = char => SHORT.get(char) ?? `\\u{${char.codePointAt(0).toString(16)}}`;
function cut(value, max) {
  if (value.length <= max) return value;
  const lead = value.charCodeAt(max - 1);
  return value.slice(0, lead >= 0xd800 && lead < 0xdc00 ? max - 1 : max);
}
/** For places that take no nodes: titles, labels, options. */
function plain(value, max = 300) {
  const whole = String(value ?? ''), head = cut(whole, max);
  return head.replace(UNSEEN, spell) + (head.length < whole.length ? '…' : '');
}
function pieces(value, keep) {
  const made = [];
  let from = 0;
  for (const match of value.matchAll(UNSEEN)) {
    if (keep && keep.includes(match[0])) continue;
    made.push(value.slice(from, match.index), h('span', { class: 'spelled' }, spell(match[0])));
    from = match.index + match[0].length;
  }
  return [...made, value.slice(from)];
}
// A path breaks between its parts.
const breakable = piece => typeof piece === 'string'
  ? piece.split(/(?<=::)/).flatMap((part, at) => (at ? [h('wbr'), part] : [part])) : [piece];
function clipped(value, max, keep) {
  const whole = String(value ?? ''), node = h('bdi', { class: 'text', dir: 'ltr' });
  if (whole === '') return [muted('(empty)')];
  const head = cut(whole, max), rest = whole.length - head.length;
  const shown = value => pieces(value, keep).flatMap(breakable);
  node.append(...shown(head));
  if (rest === 0) return [node];
  const label = `… ${count(rest)} more characters`;
  const button = h('button', { type: 'button', class: 'more', 'aria-expanded': 'false', onclick: () => {
    const open = button.getAttribute('aria-expanded') === 'false';
    node.replaceChildren(...shown(open ? whole : head));
    button.setAttribute('aria-expanded', String(open));
    button.textContent = open ? 'Show less' : label;
  } }, label);
  return [node, button];
}
const text = (value, max = 160) => clipped(value, max);
// The button that shows the rest must not sit inside the link.
function link(href, value, max = 100) {
  const [node, ...more] = clipped(value, max);
  return [h('a', { href }, node), ...more];
}
const place = (file, line) => [text(file, 80), line === null || line === undefined ? null : `:${line}`];

/** Builds anew only what changed, and never under the reader's hands. */
function refresh(node, data, build, atOnce = false) {
  const seen = JSON.stringify(data);
  if (node.seen === seen || (node.seen !== undefined && !atOnce && inUse(node))) return;
  node.seen = seen;
  node.replaceChildren(...[build(data)].flat(Infinity).filter(Boolean));
}
function inUse(node) {
  const selection = document.getSelection();
  return node.contains(document.activeElement) || (!selection.isCollapsed && node.contains(selection.anchorNode));
}

// ── Numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const percents = new Intl.NumberFormat('en', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percents0 = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const clockShort = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

const none = value => value === null || value === undefined || Number.isNaN(value);
const count = value => none(value) ? DASH : whole.format(value);
const brief = value => none(value) ? DASH : Math.abs(value) < 100000 ? whole.format(value) : short.format(value);
function percent(value) {
  if (none(value)) return DASH;
  if (value > 0 && value < 0.001) return '< 0.1%';
  if (value < 1 && value >= 0.9995) return '> 99.9%';
  return value === 0 || value === 1 ? percents0.format(value) : percents.format(value);
}
function duration(seconds) {
  if (none(seconds)) return DASH;
  const steps = [[1e-6, 1e9, 'ns'], [1e-3, 1e6, 'µs'], [1, 1e3, 'ms'], [60, 1, 's']];
  if (seconds === 0) return '0 s';
  for (const [below, times, unit] of steps) if (seconds < below) return `${three.format(seconds * times)} ${unit}`;
  const all = Math.round(seconds), days = Math.floor(all / 86400), hours = Math.floor(all / 3600) % 24, minutes = Math.floor(all / 60) % 60;
  const parts = days ? [[days, 'd'], [hours, 'h']] : hours ? [[hours, 'h'], [minutes, 'min']] : [[minutes, 'min'], [all % 60, 's']];
  return parts.filter(([n], i) => i === 0 || n > 0).map(([n, unit]) => `${whole.format(n)} ${unit}`).join(' ');
}
const ago = seconds => none(seconds) ? DASH : seconds < 1 ? 'just now' : `${duration(seconds < 60 ? Math.round(seconds) : seconds)} ago`;
function bytes(value) {
  if (none(value)) return DASH;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let step = 0;
  while (value >= 1024 && step < units.length - 1) { value /= 1024; step += 1; }
  return `${three.format(value)} ${units[step]}`;
}
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

// ── What the counts mean ──────────────────────────────────────────────────────────────────────────────────────────

const RANGES = new Map([
  ['minute', { seconds: 60, words: 'last minute', step: '5 s', ticks: [60, 45, 30, 15, 0] }],
  ['hour', { seconds: 3600, words: 'last hour', step: '1 min', ticks: [3600, 2700, 1800, 900, 0] }],
  ['day', { seconds: 86400, words: 'last day', step: '30 min', ticks: [86400, 64800, 43200, 21600, 0] }],
  ['total', { seconds: Infinity, words: 'since start', step: '30 min', ticks: [86400, 64800, 43200, 21600, 0] }],
]);
const REASONS = new Map(Object.entries({
  'never-seen': ['never seen', 'cold', 'The cache had not seen this key before.',
    'Normal after a start and for new content. If it stays high, the key holds something that differs on nearly every request: look at the parts of the key.'],
  expired: ['expired', 'time', 'The entry was there, but older than its ttl.', 'Give it a longer ttl, or serve the stale value while a new one loads.'],
  evicted: ['evicted', 'space', 'The entry was dropped to make room for others.', 'Raise the capacity of the cache; the curve below shows what it would bring.'],
  invalidated: ['invalidated', 'told', 'A write invalidated a tag, key or namespace of this entry.',
    'Right, if the value changed. If it happens too often, use narrower tags: the recent misses name the writer.'],
  removed: ['removed', 'told', 'The entry was removed by hand: a purge or a remove call.', 'Nothing, unless nobody meant to.'],
  variant: ['other variant', 'cold', 'The key was there, but only for another variant of the request (language, encoding …).',
    'Vary on fewer headers, or fold their values to a few before they reach the cache.'],
  undecodable: ['undecodable', 'broken', 'The stored bytes could not be read as this type.',
    'Normal once after a release that changed the type. If it lasts, two versions share one store: give each its own namespace.'],
  failed: ['load failed', 'broken', 'The load ended in an error, so nothing was kept.', 'Find out why the load fails.'],
  refused: ['refused', 'choice', 'The load gave a value that must not be kept, such as a response that sets a cookie.',
    'The recent misses say what was in the way. Take it out of the response, or do not cache this site.'],
  bypassed: ['bypassed', 'choice', 'The caller asked to go past the cache.', 'Nothing, if that was meant.'],
  'store-down': ['store down', 'broken', 'The shared store did not answer.', 'Look at the state of the store under caches and stores.'],
  coalesced: ['waited', 'cold', 'Another caller was loading the same key already; this one waited for it (single flight).', 'Nothing: it saved a load.'],
  unknown: ['unknown', 'choice', 'The cause was not recorded.', 'Nothing to go by.'],
}).map(([id, [label, family, means, act]]) => [id, { id, label, family, means, act }]));
const reason = id => REASONS.get(id) ?? { id, label: plain(id, 40), family: 'choice', means: '', act: '' };

const requests = counts => counts.hits + counts.misses;
const hitRate = counts => requests(counts) ? counts.hits / requests(counts) : null;
const fresh = counts => Math.max(0, counts.hits - counts.stale_hits);
const meanLoad = counts => counts.loads ? counts.load_s / counts.loads : null;
/** Misses by reason, most first. What the reasons do not cover waited for another load, or is unknown. */
function missReasons(counts) {
  const list = Object.entries(counts.reasons ?? {}).filter(([, n]) => n > 0);
  const left = counts.misses - list.reduce((sum, [, n]) => sum + n, 0);
  const waited = Math.max(0, Math.min(left, counts.coalesced));
  if (waited) list.push(['coalesced', waited]);
  if (left - waited > 0) list.push(['unknown', left - waited]);
  return list.sort((a, b) => b[1] - a[1]);
}
function sum(list) {
  const all = { hits: 0, store_hits: 0, stale_hits: 0, misses: 0, coalesced: 0, loads: 0, load_s: 0, saved_s: 0, reasons: Object.create(null) };
  for (const counts of list) {
    for (const name of Object.keys(all)) if (name !== 'reasons') all[name] += counts[name] ?? 0;
    for (const [id, n] of Object.entries(counts.reasons ?? {})) all.reasons[id] = (all.reasons[id] ?? 0) + n;
  }
  return all;
}
function storeState(store) {
  if (!store) return { level: 'none', word: 'Memory only' };
  if (store.breaker === 'open') return { level: 'bad', word: 'Down: breaker open' };
  if (store.breaker === 'half-open') return { level: 'warn', word: 'Recovering: breaker half-open' };
  if (store.undelivered > 0) return { level: 'warn', word: `${plural(store.undelivered, 'invalidation')} not delivered` };
  if (store.last_error && store.last_error.ago < 60) return { level: 'warn', word: 'Error in the last minute' };
  return { level: 'good', word: 'Healthy' };
}
const MARKS = { good: '●', warn: '▲', bad: '■', none: '○' };
const mark = state => h('span', { class: `state ${state.level}` }, h('span', { 'aria-hidden': 'true' }, MARKS[state.level]), ` ${state.word}`);

// ── State, server, live ───────────────────────────────────────────────────────────────────────────────────────────

const state = { overview: null, range: 'hour', view: null, turn: 0, moved: false };
const now = counts => counts[state.range];
const sitesById = () => new Map(state.overview.sites.map(site => [String(site.id), site]));

async function ask(path, options) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), 10000);
  try {
    const answer = await fetch(BASE + path, { cache: 'no-store', signal: stop.signal, ...options });
    const body = await answer.json().catch(() => null);
    if (answer.ok && body !== null) return body;
    throw Object.assign(new Error(body?.error ?? `the server answered ${answer.status}`), { status: answer.status });
  } catch (error) {
    if (error.name === 'AbortError') throw new Error('no answer within 10 s');
    throw error instanceof TypeError ? new Error('the server cannot be reached') : error;
  } finally {
    clearTimeout(timer);
  }
}

const EVERY = 2000, SLOWEST = 30000;
const live = { paused: false, running: false, timer: 0, failures: 0, answered: null, error: '' };

async function tick() {
  if (live.running) return;
  live.running = true;
  try {
    state.overview = await ask('/api/overview');
    Object.assign(live, { failures: 0, answered: Date.now() });
    render();
    await state.view?.load?.(false);
  } catch (error) {
    live.failures += 1;
    live.error = plain(error.message);
  }
  live.running = false;
  schedule();
}
function schedule() {
  clearTimeout(live.timer);
  const wait = live.failures ? Math.min(SLOWEST, EVERY * 2 ** live.failures) : EVERY;
  if (!live.paused && !document.hidden) live.timer = setTimeout(tick, wait);
  const kind = live.paused ? 'paused' : live.failures ? 'lost' : 'live';
  $('live').dataset.state = kind;
  setText($('live-word'), { paused: 'Paused', lost: 'No answer', live: 'Live' }[kind]);
  $('trouble').hidden = live.failures === 0;
  const since = live.answered ? `The numbers are from ${clock.format(live.answered)}. ` : '';
  setText($('trouble-text'), live.failures ? `Update failed: ${live.error}. ${since}${live.paused ? '' : `Next try in ${duration(wait / 1000)}.`}` : '');
}
function pause() {
  live.paused = !live.paused;
  $('pause').setAttribute('aria-pressed', String(live.paused));
  setText($('pause'), live.paused ? 'Resume' : 'Pause');
  if (live.paused) schedule(); else tick();
}

// ── Charts ────────────────────────────────────────────────────────────────────────────────────────────────────────

const PAD = { top: 10, right: 14, bottom: 24, left: 52 };

function niceTicks(max, wanted = 4) {
  const raw = max / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find(n => n * power >= raw * 0.999) * power, ticks = [];
  for (let i = 0; i * step < max * 1.0001 || i < 2; i += 1) ticks.push(i * step);
  if (ticks.at(-1) < max) ticks.push(ticks.length * step);
  return ticks;
}
function axes(width, height, y, yTicks, yLabel, x, xTicks) {
  const floor = height - PAD.bottom;
  return s('g', { class: 'axes' },
    yTicks.map(value => [
      s('line', { x1: PAD.left, x2: width - PAD.right, y1: y(value), y2: y(value), class: value === yTicks[0] ? 'base' : 'grid' }),
      s('text', { x: PAD.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, yLabel(value)),
    ]),
    xTicks.map(([value, label], i) => [
      s('line', { x1: x(value), x2: x(value), y1: floor, y2: floor + 4, class: 'base' }),
      s('text', { x: x(value), y: floor + 17, 'text-anchor': i === 0 ? 'start' : i === xTicks.length - 1 ? 'end' : 'middle' }, label),
    ]));
}

/** A chart that draws itself at its real width, is read by pointer or arrow keys, and has its numbers as a table. */
function chart(title, height, legend, draw) {
  let data, shown, at = null;
  const svg = s('svg', { class: 'plot', height, role: 'img', tabindex: '0' });
  const readout = h('p', { class: 'readout' });
  const rows = h('table', { class: 'plain' });
  const details = h('details', { class: 'numbers', ontoggle: fillRows }, h('summary', {}, 'Numbers as a table'), h('div', { class: 'scroll' }, rows));
  const node = h('figure', { class: 'chart' },
    h('figcaption', {}, h('h3', {}, title), h('ul', { class: 'legend' }, legend.map(([name, label]) => li(swatch(name), label)))),
    svg, readout, details);

  function fillRows() {
    if (!details.open || !shown) return;
    refresh(rows, [shown.heads, shown.points.map(point => point.cells)], ([heads, cells]) => [
      h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, cells.map(row => h('tr', {}, row.map(cell => td(cell)))))]);
  }
  function paint() {
    const width = svg.clientWidth || node.clientWidth;
    if (!width || !data) return;
    shown = draw(data, width, height);
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('aria-label', `${title}. ${shown.summary}. Arrow keys read the values.`);
    svg.replaceChildren(...shown.nodes);
    point();
    fillRows();
  }
  function point() {
    svg.querySelector('.cursor')?.remove();
    const current = at === null ? null : shown?.points[at];
    if (current) svg.append(s('line', { class: 'cursor', x1: current.x, x2: current.x, y1: PAD.top, y2: height - PAD.bottom }));
    setText(readout, current ? current.words : shown?.summary ?? '');
  }
  function move(to) {
    at = to;
    point();
  }
  svg.addEventListener('pointermove', event => {
    if (!shown?.points.length) return;
    const x = event.clientX - svg.getBoundingClientRect().left;
    move(shown.points.reduce((best, p, i) => Math.abs(p.x - x) < Math.abs(shown.points[best].x - x) ? i : best, 0));
  });
  svg.addEventListener('pointerleave', () => move(null));
  svg.addEventListener('blur', () => { readout.removeAttribute('aria-live'); move(null); });
  svg.addEventListener('keydown', event => {
    const last = (shown?.points.length ?? 0) - 1;
    const to = { ArrowLeft: at === null ? last : at - 1, ArrowRight: at === null ? 0 : at + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    readout.setAttribute('aria-live', 'polite');
    move(Math.max(0, Math.min(last, to)));
  });
  new ResizeObserver(paint).observe(node);
  return { node, update(next) { data = next; paint(); } };
}

const hatch = () => s('defs', {}, s('pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
  s('rect', { width: 5, height: 5, class: 'stale-soft' }), s('rect', { width: 2.2, height: 5, class: 'stale' })));

function timeScale(width) {
  const range = RANGES.get(state.range), seconds = Math.min(range.seconds, 86400), room = width - PAD.left - PAD.right;
  const x = ago => PAD.left + room * (1 - Math.min(1, Math.max(0, ago / seconds)));
  const ticks = (width < 420 ? [0, 2, 4] : [0, 1, 2, 3, 4]).map(i => range.ticks[i]);
  return { range, x, ticks: ticks.map(t => [t, t === 0 ? 'now' : `${duration(t === 86400 ? 86400 : t).replace(/^1 d$/, '24 h')} ago`]) };
}
function spanWords(sample) {
  const format = sample.span < 60 ? clock : clockShort, end = state.overview.now_ms - sample.ago * 1000;
  return `${format.format(end - sample.span * 1000)} to ${format.format(end)}`;
}
const samplesNow = history => history[state.range === 'total' ? 'day' : state.range] ?? [];

function drawRequests(history, width, height) {
  const samples = samplesNow(history), { range, x, ticks } = timeScale(width), all = sum(samples);
  const yTicks = niceTicks(Math.max(4, ...samples.map(requests))), top = yTicks.at(-1), floor = height - PAD.bottom;
  const y = value => floor - (floor - PAD.top) * value / top;
  const bars = samples.map(sample => {
    const left = x(sample.ago + sample.span), w = x(sample.ago) - left, gap = Math.min(2, w * 0.2);
    const box = (from, to, props) => to > from && s('rect', { x: left + gap / 2, width: Math.max(0.5, w - gap), y: y(to), height: y(from) - y(to), ...props });
    return [box(0, fresh(sample), { class: 'hit' }), box(fresh(sample), sample.hits, { fill: 'url(#hatch)' }), box(sample.hits, requests(sample), { class: 'miss' })];
  });
  return {
    nodes: [hatch(), axes(width, height, y, yTicks, brief, x, ticks), s('g', {}, bars)],
    summary: requests(all) ? `${plural(requests(all), 'request')}, ${percent(hitRate(all))} hits; one bar is ${range.step}` : 'No requests in this time',
    heads: ['Time', 'Fresh hits', 'Stale hits', 'Misses', 'Hit rate'],
    points: samples.map(one => ({
      x: x(one.ago + one.span / 2),
      words: `${spanWords(one)}: ${plural(fresh(one), 'fresh hit')}, ${count(one.stale_hits)} stale, `
        + `${plural(one.misses, 'miss', 'misses')} (${percent(hitRate(one))} hits)`,
      cells: [spanWords(one), count(fresh(one)), count(one.stale_hits), count(one.misses), percent(hitRate(one))],
    })),
  };
}
function drawLoads(history, width, height) {
  const samples = samplesNow(history), { range, x, ticks } = timeScale(width), all = sum(samples), loaded = samples.filter(one => one.loads);
  const yTicks = niceTicks(loaded.length ? Math.max(1e-7, ...loaded.map(meanLoad)) : 0.001, 3), top = yTicks.at(-1), floor = height - PAD.bottom;
  const y = value => floor - (floor - PAD.top) * value / top, middle = one => x(one.ago + one.span / 2);
  let pen = 'M';
  const path = samples.map(one => {
    if (!one.loads) { pen = 'M'; return ''; }
    const step = `${pen}${middle(one).toFixed(1)} ${y(meanLoad(one)).toFixed(1)}`;
    pen = 'L';
    return step;
  }).join('');
  return {
    nodes: [axes(width, height, y, yTicks, duration, x, ticks), s('path', { d: path, class: 'line' }),
      s('g', { class: 'dots' }, loaded.map(one => s('circle', { cx: middle(one), cy: y(meanLoad(one)), r: 2 })))],
    summary: all.loads ? `${plural(all.loads, 'load')}, ${duration(meanLoad(all))} each on average; one point is ${range.step}` : 'No loads in this time',
    heads: ['Time', 'Loads', 'Mean load time'],
    points: samples.map(one => ({
      x: middle(one), words: `${spanWords(one)}: ${plural(one.loads, 'load')}${one.loads ? `, ${duration(meanLoad(one))} each` : ''}`,
      cells: [spanWords(one), count(one.loads), duration(meanLoad(one))],
    })),
  };
}
/** Hit rate over capacity or ttl. The scale is logarithmic; "no end" has its own place at the right. */
function drawCurve({ points, now, say, head, unit }, width, height) {
  const words = at => `${say(at)}${unit}`, ends = [...points.map(p => p.at), now.at].filter(value => value !== null && value > 0);
  const low = Math.log(Math.min(...ends)), high = Math.log(Math.max(...ends)), endless = points.some(p => p.at === null) || now.at === null;
  const left = PAD.left + 6, right = width - PAD.right - 6, edge = endless ? right - Math.max(44, (right - left) * 0.14) : right, floor = height - PAD.bottom;
  const x = at => at === null ? right : high === low ? (left + edge) / 2 : left + (edge - left) * (Math.log(Math.max(at, Math.exp(low))) - low) / (high - low);
  const y = ratio => floor - (floor - PAD.top) * ratio;
  const sorted = [...points].sort((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity)), ticks = [];
  for (const p of [...sorted].reverse()) if (!ticks.length || x(ticks[0][0]) - x(p.at) > 62) ticks.unshift([p.at, say(p.at)]);
  const line = sorted.filter(p => p.at !== null), last = line.at(-1), end = sorted.find(p => p.at === null);
  const nowX = x(now.at), nowY = y(now.hit_ratio), label = `now: ${percent(now.hit_ratio)}`, flip = nowX > PAD.left + 90;
  return {
    nodes: [axes(width, height, y, [0, 0.25, 0.5, 0.75, 1], value => percents0.format(value), x, ticks),
      s('path', { class: 'line', d: line.map((p, i) => `${i ? 'L' : 'M'}${x(p.at).toFixed(1)} ${y(p.hit_ratio).toFixed(1)}`).join('') }),
      end && last && s('path', { class: 'line dashed', d: `M${x(last.at)} ${y(last.hit_ratio)}L${x(null)} ${y(end.hit_ratio)}` }),
      s('g', { class: 'dots' }, sorted.map(p => s('circle', { cx: x(p.at), cy: y(p.hit_ratio), r: 2.5 }))),
      s('line', { class: 'here', x1: nowX, x2: nowX, y1: nowY, y2: floor }), s('circle', { class: 'here', cx: nowX, cy: nowY, r: 5.5 }),
      s('text', { class: 'here-label', x: nowX + (flip ? -8 : 8), y: nowY - (nowY > 34 ? 11 : -22), 'text-anchor': flip ? 'end' : 'start' }, label)].filter(Boolean),
    summary: `Now ${words(now.at)}: ${percent(now.hit_ratio)} hits`,
    heads: [head, 'Hit rate'],
    points: sorted.map(p => ({ x: x(p.at), words: `${words(p.at)}: ${percent(p.hit_ratio)} hits`, cells: [say(p.at), percent(p.hit_ratio)] })),
  };
}

/** Hits below, misses above, a column a minute in a picture of 96 × 22; minutes without requests stay empty. */
function sparkPaths(trend) {
  const from = 60 - trend.length;
  let hits = '', misses = '';
  trend.forEach(([hit, miss], i) => {
    if (hit + miss === 0) return;
    const split = (21 * miss / (hit + miss)).toFixed(1), left = ((from + i) * 1.6).toFixed(1);
    hits += `M${left} ${split}h1.7V22h-1.7Z`;
    misses += `M${left} 0h1.7V${split}h-1.7Z`;
  });
  return { hits, misses };
}
/** One gradient instead of a node per piece: 500 rows stay light. */
function stripes(list, total) {
  let from = 0;
  const stops = list.map(([id, n], i) => {
    const to = from + 100 * n / total, end = i < list.length - 1 ? `calc(${to}% - 1px)` : `${to}%`;
    const stop = `var(--r-${reason(id).family}) ${from}% ${end}, transparent ${end} ${to}%`;
    from = to;
    return stop;
  });
  return stops.length ? `linear-gradient(90deg, ${stops.join(', ')})` : 'none';
}

// ── Header figures, flow, findings ────────────────────────────────────────────────────────────────────────────────

function figure(label, big) {
  const value = h('dd', { class: 'value' }, DASH), note = h('dd', { class: 'note' });
  const node = h('dl', { class: big ? 'figure big' : 'figure' }, h('dt', {}, label), value, note);
  return { node, value, note, set(main, extra = '') { setText(value, main); setText(note, extra); } };
}
const lead = { rate: figure('Hit rate', true), saved: figure('Load time saved'), requests: figure('Requests'), stores: figure('Stores') };

function renderLead() {
  const { overview } = state, all = sum(overview.sites.map(now)), range = RANGES.get(state.range), asked = requests(all);
  const minutes = Math.min(range.seconds, overview.watched_for) / 60;
  setText($('program'), plain(overview.program, 60));
  lead.rate.set(percent(hitRate(all)), state.range === 'total' ? `in ${duration(overview.watched_for)}` : range.words);
  lead.saved.set(asked ? duration(all.saved_s) : DASH, asked && minutes > 0 ? `${duration(all.saved_s / minutes)} each minute` : '');
  lead.requests.set(asked ? brief(all.hits + all.misses) : DASH, asked ? `${plural(all.loads, 'load')} took ${duration(all.load_s)}` : 'none in this time');
  refresh(lead.stores.value, overview.caches.map(cache => [cache.name, storeState(cache.store)]), list => {
    const stores = list.filter(([, one]) => one.level !== 'none'), sick = stores.filter(([, one]) => one.level !== 'good');
    if (!stores.length) return mark({ level: 'none', word: 'Memory only' });
    const worst = sick.find(([, one]) => one.level === 'bad') ?? sick[0];
    if (worst) return mark({ level: worst[1].level, word: `${sick.length} of ${stores.length} in trouble` });
    return mark({ level: 'good', word: stores.length === 1 ? 'Healthy' : `All ${stores.length} healthy` });
  });
  refresh(lead.stores.note, overview.caches.map(cache => [cache.name, storeState(cache.store)]), list => {
    const [name, one] = list.find(([, one]) => one.level === 'bad') ?? list.find(([, one]) => one.level === 'warn') ?? [];
    return [h('a', { href: '#caches' }, one ? `${plain(name, 24)}: ${one.word}` : plural(list.length, 'cache'))];
  });
  renderFlow(all, asked);
}
/** Where the requests went: one bar for all of them. */
function renderFlow(all, asked) {
  const fresh = Math.max(0, all.hits - all.store_hits - all.stale_hits);
  const hits = [['memory', 'from memory', fresh], ['store', 'from the store', all.store_hits], ['stale', 'stale', all.stale_hits]].filter(([, , n]) => n > 0);
  $('flow').hidden = asked === 0;
  refresh($('flow'), [hits, missReasons(all), asked, state.range], () => {
    const bar = h('div', { class: 'flow-bar', 'aria-hidden': 'true' });
    const piece = (name, n) => {
      const one = h('i', { class: name });
      one.style.setProperty('flex-grow', String(n / asked));
      bar.append(one);
    };
    hits.forEach(([name, , n]) => piece(name, n));
    missReasons(all).forEach(([id, n]) => piece(`r-${reason(id).family}`, n));
    const list = missReasons(all), shown = list.filter(([, n], i) => i < 3 || (i < 7 && n / asked >= 0.001)), rare = list.slice(shown.length);
    const part = (name, label, n) => [swatch(name), `${label} `, h('b', {}, percent(n / asked))];
    const reasons = shown.map(([id, n]) => li(press(part(`r-${reason(id).family}`, reason(id).label, n), 'quiet', () => filterBy(`reason:${id}`),
      { title: `${reason(id).means} Show the sites with this reason.` })));
    if (rare.length) {
      const title = rare.map(([id, n]) => `${reason(id).label}: ${count(n)}`).join('\n');
      reasons.push(h('li', { class: 'muted', title }, plural(rare.length, 'rarer reason')));
    }
    return [h('h2', { class: 'unseen' }, 'Where the requests went'), bar, h('div', { class: 'flow-legend' },
      h('div', {}, muted('Hits'), ul(hits.map(([name, label, n]) => li(part(name, label, n))))),
      reasons.length > 0 && h('div', {}, muted('Misses'), ul(reasons)))];
  });
}

const FINDINGS = new Map(Object.entries({ dead: 'Dead name', collision: 'Key collision', evicting: 'Evicting', shattered: 'Shattered key', 'short-ttl': 'Short ttl',
  invalidated: 'Invalidated often', 'stale-hit': 'Stale hit', store: 'Store' }));
const WRONG = ['collision', 'stale-hit', 'store'];
const findings = { nodes: new Map(), all: false };

function findingNode(finding, linked) {
  const first = h('p', {}), more = h('div', { class: 'rest' }), details = h('details', {}, h('summary', {}, 'More'), more);
  const wrong = WRONG.includes(finding.kind), site = linked && !none(finding.site) ? sitesById().get(String(finding.site)) : null;
  const node = h('li', { class: wrong ? 'finding wrong' : 'finding' },
    h('span', { class: 'kind' }, h('span', { 'aria-hidden': 'true' }, wrong ? '▲ ' : '◆ '), FINDINGS.get(finding.kind) ?? plain(finding.kind, 30)),
    h('div', { class: 'say' }, first, details),
    linked && !none(finding.site) && h('div', { class: 'where' }, link(`#site/${finding.site}`, site?.name ?? `site ${finding.site}`, 60)));
  return { node, update(next) {
    const lines = next.text.split('\n');
    refresh(first, lines[0], line => text(line, 300));
    refresh(more, lines.slice(1), rest => rest.map(line => h('p', {}, text(line, 300))));
    details.hidden = lines.length < 2;
  } };
}
// Several findings of one kind and site are told apart by their place, so an open one stays open.
function updateFindings(list, nodes, found, linked) {
  const seen = new Map();
  const wanted = found.map(finding => {
    const base = `${finding.kind}|${finding.site}`, nth = seen.get(base) ?? 0, id = `${base}|${nth}`;
    seen.set(base, nth + 1);
    if (!nodes.has(id)) nodes.set(id, findingNode(finding, linked));
    nodes.get(id).update(finding);
    return nodes.get(id).node;
  });
  arrange(list, wanted);
}
function renderFindings() {
  const found = [...state.overview.findings].sort((a, b) => WRONG.includes(b.kind) - WRONG.includes(a.kind)), some = findings.all ? found : found.slice(0, 6);
  $('findings').hidden = found.length === 0;
  updateFindings($('findings-list'), findings.nodes, some, true);
  $('findings-more').hidden = found.length <= 6;
  setText($('findings-more'), findings.all ? 'Show fewer' : `Show all ${count(found.length)} findings`);
}

/** Puts `wanted` in order with few moves. A row with the focus is not moved (that would drop the focus): the others move around it. */
function arrange(parent, wanted) {
  const keep = new Set(wanted), held = wanted.find(node => node.contains(document.activeElement)), at = wanted.indexOf(held);
  for (const node of [...parent.children]) if (!keep.has(node)) node.remove();
  const settle = (list, next) => {
    for (let i = list.length - 1; i >= 0; i -= 1) {
      if (list[i].parentNode !== parent || list[i].nextSibling !== next) parent.insertBefore(list[i], next);
      next = list[i];
    }
  };
  settle(at < 0 ? wanted : wanted.slice(at + 1), null);
  if (at > 0) settle(wanted.slice(0, at), held);
}

// ── The table of sites ────────────────────────────────────────────────────────────────────────────────────────────

const COLUMNS = [
  { id: 'name', label: 'Site', words: true, value: site => site.name },
  { id: 'kind', label: 'Kind', words: true, value: site => site.kind },
  { id: 'rate', label: 'Hit rate', value: site => hitRate(now(site)) },
  { id: 'requests', label: 'Requests', value: site => requests(now(site)) || null },
  { id: 'misses', label: 'Misses', hint: 'and why', value: site => requests(now(site)) ? now(site).misses : null },
  { id: 'load', label: 'Load', hint: 'mean', value: site => meanLoad(now(site)) },
  { id: 'saved', label: 'Saved', hint: 'load time', value: site => requests(now(site)) ? now(site).saved_s : null },
  { id: 'entries', label: 'Entries', value: site => site.entries },
  { id: 'evictions', label: 'Evicted', value: site => now(site).evictions },
];
const GROUPS = [
  { id: 'called', title: '', open: true },
  { id: 'idle', title: 'Never called', open: false },
  { id: 'writers', title: 'Only invalidate or put', open: false },
];
const table = { column: COLUMNS[4], down: true, filter: '', rows: new Map(), parts: new Map(), pointer: 0, last: null };
const collator = new Intl.Collator('en', { numeric: true });

const writes = site => ['invalidates', 'put'].includes(site.kind);
const groupOf = site => writes(site) ? 'writers' : requests(site.total) ? 'called' : 'idle';
function compare(a, b) {
  const { value, words } = table.column, x = value(a), y = value(b);
  if (none(x) || none(y)) return none(x) - none(y) || a.id - b.id;
  const order = words ? collator.compare(cut(x, 200), cut(y, 200)) : x - y;
  return (table.down ? -order : order) || a.id - b.id;
}
function matcher() {
  const words = table.filter.toLowerCase().split(/\s+/).filter(Boolean);
  return site => words.every(word => {
    if (word.startsWith('reason:')) return missReasons(now(site)).some(([id]) => id === word.slice(7));
    const hay = [site.name, site.kind, site.file, site.key, site.namespace, site.cache, ...site.tags].join('\n').toLowerCase();
    return hay.includes(word) || missReasons(now(site)).some(([id]) => id.includes(word));
  });
}

function buildTable() {
  const heads = COLUMNS.map(column => {
    const button = h('button', { type: 'button', onclick: () => sortBy(column) }, column.label, h('span', { class: 'arrow', 'aria-hidden': 'true' }));
    column.head = h('th', { scope: 'col', role: 'columnheader', class: `c-${column.id}` }, button, column.hint && h('span', { class: 'hint' }, column.hint));
    return column.head;
  });
  $('site-table').append(h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, heads)));
  for (const group of GROUPS) {
    const title = h('span', {}), turn = h('span', { class: 'turn', 'aria-hidden': 'true' });
    const button = press([turn, title], 'quiet', () => { group.open = !group.open; renderTable(true); }, { 'aria-expanded': 'false' });
    const head = group.title ? h('tr', { role: 'row', class: 'group' }, h('th', { role: 'rowheader', scope: 'rowgroup', colspan: COLUMNS.length }, button)) : null;
    const body = h('tbody', { role: 'rowgroup' }, head);
    table.parts.set(group.id, { body, head, title, button });
    $('site-table').append(body);
  }
  $('sort-by').append(...COLUMNS.map(column => h('option', { value: column.id }, column.label.toLowerCase())));
  $('sort-by').addEventListener('change', event => sortBy(COLUMNS.find(column => column.id === event.target.value), true));
  $('sort-turn').addEventListener('click', () => sortBy(table.column));
  $('site-table').addEventListener('pointermove', () => { table.pointer = Date.now(); });
  $('site-table').addEventListener('click', event => {
    const row = event.target.closest('tr[data-site]');
    if (row && !event.target.closest('a, button') && document.getSelection().isCollapsed) location.hash = `#site/${row.dataset.site}`;
  });
  $('site-table').addEventListener('keydown', event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...$('site-table').querySelectorAll('tr[data-site] .name > a')], at = links.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    links[at + step]?.focus();
  });
}
function sortBy(column, keepTurn) {
  table.down = table.column === column && !keepTurn ? !table.down : !column.words;
  table.column = column;
  renderTable(true);
}
function filterBy(value) {
  $('filter').value = value;
  table.filter = value;
  renderTable(true);
  $('filter').focus();
}

function makeRow(site) {
  const cell = (id, ...children) => h('td', { role: 'cell', class: `c-${id}`, 'data-label': COLUMNS.find(column => column.id === id).label }, children);
  const span = name => h('span', { class: name });
  const row = { why: span('why'), stripes: span('stripes'), bar: span('bar'), room: span('bar room'),
    hits: s('path', { class: 'spark-hits' }), lost: s('path', { class: 'spark-misses' }) };
  for (const name of ['rate', 'requests', 'misses', 'load', 'saved', 'entries', 'evictions']) row[name] = span('number');
  const spark = s('svg', { class: 'spark', preserveAspectRatio: 'none', viewBox: '0 0 96 22', width: 96, height: 22, 'aria-hidden': 'true' }, row.hits, row.lost);
  row.node = h('tr', { role: 'row', 'data-site': site.id },
    h('th', { role: 'rowheader', scope: 'row', class: 'name' }, link(`#site/${site.id}`, site.name, 90), h('span', { class: 'sub' }, place(site.file, site.line))),
    cell('kind', h('span', { class: 'chip' }, plain(site.kind, 20))),
    cell('rate', row.rate, spark), cell('requests', row.requests), cell('misses', row.misses, row.stripes, row.why), cell('load', row.load, row.bar),
    cell('saved', row.saved), cell('entries', row.entries, row.room), cell('evictions', row.evictions));
  return row;
}
function updateRow(row, site, slowest) {
  const counts = now(site), asked = requests(counts), mean = meanLoad(counts), reasons = missReasons(counts);
  const spark = sparkPaths(site.trend), why = reasons.slice(0, 2).map(([id, n]) => `${reason(id).label} ${percents0.format(n / counts.misses)}`).join(', ');
  setText(row.rate, percent(hitRate(counts)));
  setText(row.requests, asked ? brief(asked) : DASH);
  setText(row.misses, asked ? brief(counts.misses) : DASH);
  setText(row.why, why);
  if (row.shown !== spark.hits) {
    row.shown = spark.hits;
    row.hits.setAttribute('d', spark.hits);
    row.lost.setAttribute('d', spark.misses);
  }
  if (row.why.title !== why) {
    row.why.title = why;
    row.stripes.title = reasons.map(([id, n]) => `${reason(id).label}: ${count(n)}`).join('\n');
  }
  setVar(row.stripes, 'background-image', stripes(reasons, counts.misses));
  setText(row.load, duration(mean));
  setVar(row.bar, '--part', none(mean) ? '0' : (mean / slowest).toFixed(3));
  setText(row.saved, asked ? duration(counts.saved_s) : DASH);
  const unbound = none(site.entries) || none(site.capacity);
  setText(row.entries, unbound ? count(site.entries) : `${brief(site.entries)} / ${brief(site.capacity)}`);
  setVar(row.room, '--part', unbound ? '0' : Math.min(1, site.entries / site.capacity).toFixed(3));
  setText(row.evictions, count(counts.evictions));
}

function renderTable(atOnce) {
  const { sites } = state.overview, fits = matcher(), slowest = Math.max(1e-9, ...sites.map(site => meanLoad(now(site)) ?? 0));
  const matching = sites.filter(fits), selection = document.getSelection();
  // The order rests while someone points at the table or marks text in it; the numbers go on.
  const rest = !atOnce && (Date.now() - table.pointer < 3000 || (!selection.isCollapsed && $('site-table').contains(selection.anchorNode)));
  const held = document.activeElement.closest?.('#site-table tr'), before = held?.getBoundingClientRect().top;
  if (!rest) table.order = [...matching].sort(compare).map(site => site.id);
  const rank = new Map(table.order.map((id, i) => [id, i])), ids = new Set(sites.map(site => site.id));
  for (const id of table.rows.keys()) if (!ids.has(id)) table.rows.delete(id);
  for (const group of GROUPS) {
    const { body, head, title, button } = table.parts.get(group.id), mine = matching.filter(site => groupOf(site) === group.id);
    const open = group.open || table.filter !== '' || (group.id === 'idle' && !matching.some(site => groupOf(site) === 'called'));
    mine.sort((a, b) => (rank.get(a.id) ?? 1e9) - (rank.get(b.id) ?? 1e9));
    const nodes = (open ? mine : []).map(site => {
      if (!table.rows.has(site.id)) table.rows.set(site.id, makeRow(site));
      const row = table.rows.get(site.id);
      updateRow(row, site, slowest);
      return row.node;
    });
    body.hidden = mine.length === 0;
    if (head) { setText(title, `${group.title} (${count(mine.length)})`); button.setAttribute('aria-expanded', String(open)); }
    arrange(body, head ? [head, ...nodes] : nodes);
  }
  if (held?.isConnected && !atOnce) window.scrollBy(0, held.getBoundingClientRect().top - before);
  renderSort();
  const asked = sites.some(site => requests(site.total));
  setText($('matches'), table.filter ? `${count(matching.length)} of ${count(sites.length)}` : plural(sites.length, 'site'));
  $('sites-blank').hidden = asked && matching.length > 0;
  setText($('sites-blank'), sites.length === 0 ? 'No cached function or page is known yet.'
    : matching.length === 0 ? 'No site matches the filter.' : 'No calls yet. The numbers appear with the first request.');
}
function renderSort() {
  for (const column of COLUMNS) {
    if (column === table.column) column.head.setAttribute('aria-sort', table.down ? 'descending' : 'ascending');
    else column.head.removeAttribute('aria-sort');
  }
  $('sort-by').value = table.column.id;
  setText($('sort-turn'), table.down ? 'descending ↓' : 'ascending ↑');
}

// ── One site ──────────────────────────────────────────────────────────────────────────────────────────────────────

const section = (title, ...children) => h('section', { class: 'block' }, h('h2', {}, title), children);
const canPurge = () => state.overview && !state.overview.read_only;
const purgeButton = (label, wanted) => canPurge() && press(label, 'danger-quiet', () => openPurge(wanted));
const scroll = (label, child) => h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, child);
const facts = pairs => h('dl', { class: 'facts' }, pairs.filter(Boolean).map(([term, ...value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))));
const plainTable = (heads, rows) => h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, heads.map(head => h('th', { scope: 'col' }, head)))), h('tbody', {}, rows));
const tagMark = name => [h('code', { class: 'tag' }, text(name, 80)), ' '];
const entryHash = (cache, key) => `#entry?${new URLSearchParams({ cache, key })}`;

function causeNodes(miss) {
  const { by } = miss;
  if (!by) return miss.detail ? [text(miss.detail, 80)] : [muted(reason(miss.reason).means)];
  return [miss.detail && [text(miss.detail, 80), ', '], `${plain(by.what, 20)} `, h('b', {}, text(by.name, 80)), none(by.function) ? '' : [' by ', text(by.function, 80)],
    none(by.file) ? '' : [' ', muted(place(by.file, by.line))], muted(`, ${ago(by.ago)}`)];
}
const reasonMark = id => [swatch(`r-${reason(id).family}`), reason(id).label];

function reasonRows([list, total]) {
  if (!list.length) return h('p', { class: 'muted' }, 'No misses in this time.');
  return h('ul', { class: 'reasons' }, list.map(([id, n]) => {
    const one = reason(id), bar = h('span', { class: `bar wide r-${one.family}` });
    bar.style.setProperty('--part', String(n / total));
    return li(h('div', { class: 'reason-head' }, h('b', {}, one.label), h('span', { class: 'number' }, `${count(n)} · ${percent(n / total)}`)), bar,
      h('p', {}, one.means), one.act && h('p', { class: 'act' }, muted('What to do: '), one.act));
  }));
}
function partRows(parts) {
  const heads = ['Part', 'Values', 'Requests', 'Values per request', 'Hit rate without it'];
  const rows = parts.map(part => h('tr', {}, h('th', { scope: 'row' }, code(text(part.hole, 60))), td(count(part.values)), td(count(part.requests)),
    td(meter(part.requests ? part.values / part.requests : 0)), td(percent(part.hit_ratio_without))));
  return [h('p', { class: 'muted' }, 'A part with nearly as many values as requests makes a new key each time. '
    + 'The last column is the hit rate the site would have without that part.'), scroll('Parts of the key', plainTable(heads, rows))];
}
function meter(ratio) {
  const bar = h('span', { class: 'bar inline' });
  bar.style.setProperty('--part', String(Math.min(1, ratio)));
  return [bar, ` ${three.format(ratio)}`];
}
const FEW = 15;
function missRows(recent, cache, all, toggle) {
  if (!recent.length) return h('p', { class: 'muted' }, 'No misses are on record.');
  const shown = all ? recent : recent.slice(0, FEW);
  const rows = shown.map(miss => h('tr', {}, h('td', { class: 'nowrap' }, ago(miss.ago)),
    td(none(miss.key) ? muted('hidden') : cache === null ? text(miss.key, 60) : link(entryHash(cache, miss.key), miss.key, 60)),
    h('td', { class: 'nowrap' }, reasonMark(miss.reason)), h('td', { class: 'roomy' }, causeNodes(miss))));
  return [scroll('Recent misses', plainTable(['When', 'Key', 'Reason', 'Cause'], rows)),
    recent.length > FEW && press(all ? 'Show fewer' : `Show all ${count(recent.length)}`, 'quiet link', toggle)];
}

function siteView(id) {
  const body = h('div', { class: 'site' }, h('p', { class: 'muted' }, 'Loading …'));
  const parts = {};
  let detail = null, allMisses = false;

  function toggleMisses() {
    allMisses = !allMisses;
    document.activeElement.blur();
    update();
    parts.recent.querySelector('button.link').focus({ preventScroll: true });
  }

  function build() {
    const names = ['Hit rate', 'Requests', 'Misses', 'Load', 'Load time saved', 'Entries', 'Evicted', 'Single flight'];
    parts.figures = Object.fromEntries(names.map(label => [label, figure(label, label === 'Hit rate')]));
    Object.assign(parts, { findings: new Map(), list: h('ul', { class: 'bare' }), reasons: h('div'), parts: h('div'), recent: h('div'),
      advice: h('ul', { class: 'advice' }), note: h('p', { class: 'muted' }) });
    parts.requests = chart('Requests', 190, [['hit', 'fresh hits'], ['stale', 'stale hits'], ['miss', 'misses']], drawRequests);
    parts.loads = chart('Load time', 190, [['line', 'mean of the loads']], drawLoads);
    parts.entries = chart('By capacity', 190, [['line', 'hit rate'], ['here', 'now']], drawCurve);
    parts.ttl = chart('By ttl', 190, [['line', 'hit rate'], ['here', 'now']], drawCurve);
    parts.curve = section('What another capacity or ttl would give', parts.note, h('div', { class: 'pair' }, parts.entries.node, parts.ttl.node), parts.advice);
    parts.shatter = section('Which part of the key shatters it', parts.parts);
    parts.found = h('section', { class: 'findings' }, h('h2', {}, 'Findings'), parts.list);
    body.replaceChildren(...[h('p', {}, h('a', { href: '#sites', class: 'back' }, '← All sites')),
      h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, text(detail.name, 200)), h('span', { class: 'chip' }, plain(detail.kind, 20)),
        !writes(detail) && purgeButton('Purge this site …', { what: 'site', name: String(detail.id), shown: detail.name, cache: detail.cache, note: siteNote })),
      facts([['Where', code(place(detail.file, detail.line))], ['Key', none(detail.key) ? muted('none') : code(text(detail.key))],
        ['Tags', detail.tags.length ? detail.tags.map(tagMark) : muted('none')], !writes(detail) && ['Ttl', none(detail.ttl) ? muted('no end') : code(text(detail.ttl))],
        !none(detail.namespace) && ['Namespace', code(text(detail.namespace))], ['Cache', link('#caches', detail.cache, 60)],
        !none(detail.bytes) && ['Size', bytes(detail.bytes)]]),
      writes(detail) && h('p', { class: 'lede apart' }, 'This site keeps no entries of its own: it writes to the entries of others. ',
        h('a', { href: '#names' }, 'Tags and keys'), ' shows which.'),
      !writes(detail) && h('div', { class: 'figures' }, Object.values(parts.figures).map(one => one.node)), parts.found,
      ...(writes(detail) ? [] : [section('History', h('div', { class: 'pair' }, parts.requests.node, parts.loads.node)),
        section('Why it misses', parts.reasons), parts.curve, parts.shatter, section('Recent misses', parts.recent)])].filter(Boolean));
  }
  const siteNote = () => [detail.entries && `${plural(detail.entries, 'entry', 'entries')} now.`,
    detail.load && `One load takes about ${duration(detail.load.mean)}.`].filter(Boolean).join(' ');

  function update() {
    if (!detail || !state.overview) return;
    if (!parts.figures) build();
    const counts = now(detail), asked = requests(counts), { load } = detail, set = (name, ...values) => parts.figures[name].set(...values);
    set('Hit rate', percent(hitRate(counts)), RANGES.get(state.range).words);
    set('Requests', asked ? brief(asked) : DASH, asked
      ? `${count(counts.hits)} hits: ${count(counts.store_hits)} from the store, ${count(counts.stale_hits)} stale` : 'none in this time');
    set('Misses', asked ? brief(counts.misses) : DASH, asked ? `${plural(counts.loads, 'load')}, ${count(counts.errors)} failed` : '');
    set('Load', duration(meanLoad(counts)), load ? `since start: p50 ${duration(load.p50)}, p95 ${duration(load.p95)}, max ${duration(load.max)}` : '');
    set('Load time saved', asked ? duration(counts.saved_s) : DASH, asked ? `${duration(counts.load_s)} spent in loads` : '');
    const room = none(detail.capacity) ? '' : `of ${count(detail.capacity)} in the cache`;
    // What a function has in a cache that it shares counts there.
    set('Entries', count(detail.entries), !none(detail.entries) ? room : requests(detail.total) ? 'counted with its cache' : '');
    set('Evicted', count(counts.evictions), `${count(counts.wasted)} loaded, but never used`);
    set('Single flight', asked ? count(counts.coalesced) : DASH, `waited; ${plural(counts.refreshes, 'refresh', 'refreshes')} behind the scenes`);
    const found = state.overview.findings.filter(finding => String(finding.site) === String(detail.id));
    parts.found.hidden = found.length === 0;
    updateFindings(parts.list, parts.findings, found, false);
    parts.requests.update(detail.history);
    parts.loads.update(detail.history);
    refresh(parts.reasons, [missReasons(counts), counts.misses], reasonRows);
    updateCurve(detail.curve);
    parts.shatter.hidden = !detail.parts.length;
    refresh(parts.parts, detail.parts, partRows);
    // Keys of other sites lie in no cache that has a name.
    const named = detail.kind === 'function' && !none(detail.key) ? detail.cache : null;
    refresh(parts.recent, [detail.recent, named, allMisses], ([recent, cache, all]) => missRows(recent, cache, all, toggleMisses));
  }
  function updateCurve(curve) {
    parts.curve.hidden = !curve;
    if (!curve) return;
    setText(parts.note, `Reckoned from the last ${plural(curve.requests, 'request')}.`);
    parts.entries.node.hidden = !curve.by_entries.length;
    parts.ttl.node.hidden = !curve.by_ttl.length;
    const given = (list, field) => ({ now: { at: curve.now[field], hit_ratio: curve.now.hit_ratio }, points: list.map(p => ({ at: p[field], hit_ratio: p.hit_ratio })) });
    parts.entries.update({ head: 'Entries', unit: ' entries', say: at => none(at) ? 'no bound' : short.format(at), ...given(curve.by_entries, 'entries') });
    parts.ttl.update({ head: 'Ttl', unit: '', say: at => none(at) ? 'no end' : duration(at), ...given(curve.by_ttl, 'ttl') });
    refresh(parts.advice, curve.advice, list => list.map(line => li(text(line, 300))));
  }
  async function load() {
    const turn = state.turn;
    try {
      const next = await ask(`/api/site/${encodeURIComponent(id)}`);
      if (turn !== state.turn) return;
      detail = next;
      document.title = `${plain(detail.name, 60)} · cache`;
      const fresh = !parts.figures;
      update();
      if (fresh && parts.figures && state.moved) focusHeading();
    } catch (error) {
      if (turn !== state.turn) return;
      if (error.status !== 404) throw error;
      body.replaceChildren(h('h1', { tabindex: '-1' }, 'No such site'),
        h('p', {}, `The program has no site ${plain(id, 40)}. `, h('a', { href: '#sites' }, 'All sites')));
    }
  }
  return { title: 'Site', node: body, load, update };
}

// ── Tags and keys ─────────────────────────────────────────────────────────────────────────────────────────────────

const GRAPH_MAX = 60;
const hasHole = template => /\{[^{}]*\}/.test(template);
const firstSite = name => Math.min(...name.declared_by, ...name.invalidated_by, Number.MAX_SAFE_INTEGER);
function cachesOf(name) {
  const sites = sitesById();
  return [...new Set(name.declared_by.map(id => sites.get(String(id))?.cache).filter(cache => !none(cache)))];
}
/** Ends of the edges, spread so that no two labels touch and few edges cross. */
function spread(wanted, step) {
  const list = [...wanted].sort((a, b) => a.y - b.y);
  list.forEach((one, i) => { one.y = Math.max(one.y, i ? list[i - 1].y + step : step); });
  return list;
}
function graph(names, siteName, width) {
  const W = Math.max(700, width), STEP = 30, EM = 7.5, leftX = W * 0.27, rightX = W * 0.73, chars = Math.floor(leftX / EM) - 2;
  const lead = name => `${name.dead ? '✕ dead ' : ''}${plain(name.what, 10)} `;
  const longest = Math.max(...names.map(name => lead(name).length + name.template.length)), half = Math.min(W * 0.15, 20 + longest * EM / 2);
  const midLeft = W / 2 - half, midRight = W / 2 + half, inside = Math.floor((2 * half - 20) / EM);
  names.forEach((name, i) => { name.y = 40 + i * STEP; });
  const side = field => {
    const ends = new Map();
    for (const name of names) for (const id of name[field]) ends.set(String(id), [...(ends.get(String(id)) ?? []), name.y]);
    return spread([...ends].map(([id, ys]) => ({ id, y: ys.reduce((a, b) => a + b, 0) / ys.length })), 24);
  };
  const left = side('declared_by'), right = side('invalidated_by'), height = 24 + Math.max(...[...names, ...left, ...right].map(one => one.y));
  const at = (list, id) => list.find(one => one.id === String(id)).y, bend = (x1, y1, x2, y2) => `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
  // Hostile text is isolated by unicode-bidi in the style sheet; <bdi> does not exist in SVG.
  const label = (value, max) => { const shown = plain(value, 1000) || '(empty)'; return shown.length > max ? `…${shown.slice(1 - max)}` : shown; };
  // A writer that the overview does not list has no page to go to.
  const known = sitesById(), wrap = id => known.has(id) ? ['a', { href: `#site/${id}`, class: 'node', 'data-node': `s${id}` }] : ['g', { class: 'node', 'data-node': `s${id}` }];
  const ends = (list, x, anchor, dx) => list.map(one => s(...wrap(one.id),
    s('title', {}, plain(siteName(one.id), 1000)),
    s('text', { x, y: one.y + 4, 'text-anchor': anchor }, label(siteName(one.id), chars)), s('circle', { cx: x + dx, cy: one.y, r: 3 })));
  const edge = (kind, d, i, id, more) => s('path', { class: `edge ${kind}`, d, 'data-ends': `n${i} s${id}`, ...more });
  const edges = names.map((name, i) => [
    name.declared_by.map(id => edge('declares', bend(leftX + 8, at(left, id), midLeft, name.y), i, id)),
    name.invalidated_by.map(id => edge('kills', bend(rightX - 8, at(right, id), midRight + 1, name.y), i, id, { 'marker-end': 'url(#tip)' })),
  ]);
  const pills = names.map((name, i) => s('g', { class: name.dead ? 'node pill dead' : 'node pill', 'data-node': `n${i}` },
    s('title', {}, `${lead(name)}${plain(name.template, 1000)}`),
    s('rect', { x: midLeft, y: name.y - 12, width: midRight - midLeft, height: 24, rx: 12 }),
    s('text', { x: W / 2, y: name.y + 4, 'text-anchor': 'middle' },
      s('tspan', { class: 'what' }, lead(name)), s('tspan', {}, label(name.template, inside - lead(name).length)))));
  const heads = [[leftX, 'end', 'Declared by'], [W / 2, 'middle', 'Name'], [rightX, 'start', 'Invalidated by']];
  const svg = s('svg', { class: 'graph', width: W, height, viewBox: `0 0 ${W} ${height}`, role: 'group',
    'aria-label': 'Who declares and who invalidates each name; the table below says the same' },
  s('defs', {}, s('marker', { id: 'tip', viewBox: '0 0 8 8', refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
    s('path', { d: 'M0 0L8 4L0 8Z', class: 'tip' }))),
  s('g', { class: 'heads' }, heads.map(([x, anchor, words]) => s('text', { x, y: 14, 'text-anchor': anchor }, words))),
  edges, ends(left, leftX, 'end', 8), ends(right, rightX, 'start', -8), pills);
  const light = event => {
    const id = event.type === 'pointerout' || event.type === 'focusout' ? null : event.target.closest('[data-node]')?.dataset.node;
    const lit = new Set(id ? [id] : []);
    svg.classList.toggle('some', Boolean(id));
    for (const edge of svg.querySelectorAll('.edge')) {
      const on = Boolean(id) && edge.dataset.ends.split(' ').includes(id);
      edge.classList.toggle('on', on);
      if (on) edge.dataset.ends.split(' ').forEach(end => lit.add(end));
    }
    for (const node of svg.querySelectorAll('.node')) node.classList.toggle('on', lit.has(node.dataset.node));
  };
  for (const type of ['pointerover', 'pointerout', 'focusin', 'focusout']) svg.addEventListener(type, light);
  return svg;
}

function namesView() {
  const picture = h('div'), note = h('p', { class: 'muted' }), list = h('div');
  const blank = h('p', { class: 'blank', hidden: true }, 'No tags, keys or namespaces are declared.');
  const filter = h('input', { type: 'search', placeholder: 'Filter: name or site', 'aria-label': 'Filter the names', autocomplete: 'off',
    spellcheck: 'false', class: 'hotkey', oninput: () => update() });
  const byName = press('Purge by name …', 'danger-quiet', () => openPurge({ what: 'tag', name: '', chooseWhat: true, edit: true }));
  const top = h('div', { class: 'title' }, h('h1', { tabindex: '-1' }, 'Tags and keys'));
  const node = h('div', {}, top,
    h('p', { class: 'lede' }, 'A site declares names; a write invalidates them. A dead name is one where the two do not meet.'),
    h('label', { class: 'filter' }, filter, h('kbd', { 'aria-hidden': 'true' }, '/')),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Graph of the names' }, picture), note, list, blank);
  let data = null, fetched = 0;

  function siteName(id) {
    return sitesById().get(String(id))?.name ?? data.sites[String(id)]?.name ?? `site ${id}`;
  }
  function siteLink(id) {
    const known = sitesById().get(String(id)), other = data.sites[String(id)], name = siteName(id);
    return h('div', {}, known ? link(`#site/${id}`, name, 60) : text(name, 60), ' ', other && muted(place(other.file, other.line)));
  }
  function deadWords(name) {
    if (!name.dead) return 'in use';
    return !name.declared_by.length ? 'dead: nobody declares it' : !name.invalidated_by.length ? 'dead: nobody invalidates it' : 'dead';
  }
  function row(name) {
    const wanted = { what: name.what, name: name.template, edit: hasHole(name.template), template: name.template, caches: name.what === 'key' ? cachesOf(name) : [] };
    const who = ids => h('td', { class: 'roomy' }, ids.length ? ids.map(siteLink) : muted('nobody'));
    return h('tr', {}, h('th', { scope: 'row' }, h('span', { class: 'chip' }, plain(name.what, 20)), ' ', code(text(name.template, 80))),
      who(name.declared_by), who(name.invalidated_by),
      h('td', { class: 'roomy' }, h('span', { class: name.dead ? 'state bad' : 'state' }, name.dead ? '✕ ' : '', deadWords(name))),
      canPurge() && td(press('Purge …', 'danger-quiet small', () => openPurge(wanted),
        { 'aria-label': `Purge the ${plain(name.what, 20)} ${plain(name.template, 100)}` })));
  }
  function update() {
    if (!data || !state.overview) return;
    const word = filter.value.trim().toLowerCase();
    const fits = name => [name.what, name.template, name.dead ? 'dead' : '', ...[...name.declared_by, ...name.invalidated_by].map(siteName)]
      .join('\n').toLowerCase().includes(word);
    const byWord = (a, b) => collator.compare(cut(a, 200), cut(b, 200));
    const found = data.names.filter(fits).sort((a, b) => b.dead - a.dead || byWord(a.what, b.what) || byWord(a.template, b.template));
    const drawn = found.slice(0, GRAPH_MAX).sort((a, b) => firstSite(a) - firstSite(b));
    if (canPurge() && !byName.isConnected) top.append(byName);
    blank.hidden = data.names.length > 0;
    setText(note, found.length > GRAPH_MAX ? `The picture shows ${GRAPH_MAX} of ${count(found.length)} names, dead ones first. Filter to see others.`
      : found.length === 0 && data.names.length ? 'No name matches the filter.' : '');
    const heads = ['Name', 'Declared by', 'Invalidated by', 'State', canPurge() && 'Purge'].filter(Boolean);
    refresh(picture, [drawn, picture.clientWidth], () => drawn.length ? graph(drawn.map(name => ({ ...name })), siteName, picture.clientWidth) : []);
    refresh(list, [found, heads], () => found.length ? scroll('Names', plainTable(heads, found.map(row))) : []);
  }
  async function load(first) {
    if (!first && Date.now() - fetched < 10000) return;
    const turn = state.turn, next = await ask('/api/names');
    if (turn !== state.turn) return;
    data = next;
    fetched = Date.now();
    update();
  }
  new ResizeObserver(() => update()).observe(picture);
  return { title: 'Tags and keys', node, load, update };
}

// ── Caches and stores ─────────────────────────────────────────────────────────────────────────────────────────────

function cacheFacts(cache) {
  const { store } = cache, part = none(cache.capacity) ? 0 : cache.entries / cache.capacity, bar = h('span', { class: 'bar wide' });
  bar.style.setProperty('--part', String(Math.min(1, part)));
  const size = facts([['Entries', none(cache.capacity) ? count(cache.entries) : `${count(cache.entries)} of ${count(cache.capacity)} (${percents0.format(part)})`],
    ['Bytes', none(cache.bytes) ? muted('not known') : bytes(cache.bytes)]]);
  if (!store) return [size, !none(cache.capacity) && bar];
  const asked = store.hits + store.misses, { latency, last_error: error } = store;
  return [size, !none(cache.capacity) && bar, facts([['Store', code(text(store.address, 120))], ['Breaker', plain(store.breaker, 20)],
    ['Latency', latency ? `mean ${duration(latency.mean)}, p95 ${duration(latency.p95)}, max ${duration(latency.max)}` : muted('not measured yet')],
    ['Lookups', asked ? `${count(asked)}, ${percent(store.hits / asked)} hits` : DASH], ['Writes', count(store.writes)],
    ['Failures', `${count(store.failures)} (${plural(store.skipped, 'call')} skipped)`], ['Undelivered', plural(store.undelivered, 'invalidation')],
    ['Last error', error ? [text(error.text, 200), muted(`, ${ago(error.ago)}`)] : muted('none')]])];
}
function cacheCard({ name }) {
  const health = h('span', {}), body = h('div', {});
  let entries = 0;
  const button = purgeButton('Purge this cache …', { what: 'cache', name, cache: name, note: () => `${plural(entries, 'entry', 'entries')} now.` });
  return { node: h('section', { class: 'card' }, h('div', { class: 'title' }, h('h2', {}, text(name, 80)), health, button), body), update(cache) {
    entries = cache.entries;
    refresh(health, storeState(cache.store), mark);
    refresh(body, cache, cacheFacts);
  } };
}
function cachesView() {
  const cards = new Map(), list = h('div', { class: 'cards' });
  const update = () => {
    if (!state.overview) return;
    arrange(list, state.overview.caches.map(cache => {
      if (!cards.has(cache.name)) cards.set(cache.name, cacheCard(cache));
      cards.get(cache.name).update(cache);
      return cards.get(cache.name).node;
    }));
  };
  return { title: 'Caches and stores', node: h('div', {}, h('h1', { tabindex: '-1' }, 'Caches and stores'), list), update };
}

// ── One entry ─────────────────────────────────────────────────────────────────────────────────────────────────────

function entryView(query) {
  const cacheName = query.get('cache'), key = query.get('key'), title = h('div', { class: 'title' }), body = h('div'), problem = h('p', { class: 'error' });
  const card = h('section', { class: 'card', hidden: true }, title, body), result = h('div', { role: 'region', 'aria-label': 'Entry', 'aria-live': 'polite' }, problem, card);
  const select = h('select', { id: 'entry-cache' }), input = h('input', { id: 'entry-key', type: 'text', autocomplete: 'off', spellcheck: 'false', class: 'hotkey' });
  input.value = key ?? '';
  const submit = event => {
    event.preventDefault();
    const next = entryHash(select.value, input.value);
    if (location.hash === next) load(true).catch(fail); else location.hash = next;
  };
  const node = h('div', {}, h('h1', { tabindex: '-1' }, 'Look up an entry'),
    h('form', { class: 'lookup', onsubmit: submit }, h('label', {}, 'Cache', select), h('label', { class: 'grow' }, 'Key', input),
      h('button', { type: 'submit' }, 'Look up')), result);
  const fail = error => setText(problem, `The look-up failed: ${plain(error.message)}.`);

  function update() {
    if (!state.overview || document.activeElement === select) return;
    refresh(select, state.overview.caches.map(cache => cache.name), names => names.map(name => h('option', { value: name }, plain(name, 60))));
    if (!select.touched) select.value = cacheName ?? state.overview.caches[0]?.name ?? '';
  }
  select.addEventListener('change', () => { select.touched = true; });

  function show(entry) {
    const held = title.contains(document.activeElement);
    setText(problem, '');
    card.hidden = false;
    refresh(title, entry.found, found => [h('h2', { tabindex: '-1' }, code(text(key, 200))),
      mark(found ? { level: 'good', word: 'In the cache' } : { level: 'none', word: 'Not in the cache' }),
      found && purgeButton('Purge this key …', { what: 'key', name: key, cache: cacheName })], true);
    if (held && !title.contains(document.activeElement)) title.firstChild.focus();
    refresh(body, entry, entryFacts);
  }
  function entryFacts(entry) {
    const { why, found } = entry, bar = h('span', { class: 'bar wide' });
    const ends = found && !none(entry.left);
    if (ends) bar.style.setProperty('--part', String(entry.age / Math.max(1e-9, entry.age + entry.left)));
    return [found && facts([['Age', duration(Math.round(entry.age))],
      ['Left', none(entry.left) ? 'no end' : duration(Math.round(entry.left))], ['Size', none(entry.size) ? muted('not known') : bytes(entry.size)]]), ends && bar,
    why && h('p', {}, muted(`Last miss ${ago(why.ago)}: `), reasonMark(why.reason), why.by || why.detail ? ': ' : '. ', causeNodes(why),
      (why.by || why.detail) && h('span', { class: 'block muted' }, reason(why.reason).means)),
    !found && !why && h('p', { class: 'muted' }, 'No look-up of this key is on record.'),
    found && !none(entry.value) && [h('h3', {}, 'Value'), h('pre', { tabindex: '0' }, clipped(entry.value, 4000, '\n\t'))],
    found && none(entry.value) && h('p', { class: 'muted' }, entry.value_is_hidden ? 'The value is not shown: the program keeps values hidden.' : 'The value is not shown.')];
  }
  async function load(first) {
    update();
    if (none(cacheName) || none(key)) return;
    const turn = state.turn;
    try {
      const entry = await ask(`/api/entry?${new URLSearchParams({ cache: cacheName, key })}`);
      // Announce a look-up once, not the age every two seconds.
      if (!first) result.setAttribute('aria-live', 'off');
      if (turn === state.turn) show(entry);
    } catch (error) {
      if (!(error.status >= 400 && error.status < 500)) throw error;
      if (turn === state.turn) fail(error);
    }
  }
  return { title: 'Look up an entry', node, load, update };
}

// ── Purge ─────────────────────────────────────────────────────────────────────────────────────────────────────────

let purging = null;
function openPurge(wanted) {
  purging = { caches: [], edit: false, chooseWhat: false, cache: null, ...wanted };
  $('purge-what').value = purging.what === 'key' || purging.what === 'namespace' ? purging.what : 'tag';
  $('purge-what-field').hidden = !purging.chooseWhat;
  $('purge-name-field').hidden = !purging.edit;
  $('purge-name').value = purging.name;
  const caches = purging.chooseWhat ? state.overview.caches.map(cache => cache.name) : purging.caches;
  if (caches.length && !purging.cache) purging.cache = caches[0];
  $('purge-cache').replaceChildren(...caches.map(name => h('option', { value: name }, plain(name, 60))));
  setText($('purge-error'), '');
  describePurge();
  $('purge').showModal();
  (purging.edit ? $('purge-name') : $('purge-cancel')).focus();
  if (purging.edit) $('purge-name').select();
}
function purgeTarget() {
  const what = purging.chooseWhat ? $('purge-what').value : purging.what, several = $('purge-cache').options.length > 1;
  const cache = what === 'key' && several ? $('purge-cache').value : what === 'key' || what === 'site' || what === 'cache' ? purging.cache : null;
  return { what, name: purging.edit ? $('purge-name').value : purging.name, cache };
}
function describePurge() {
  const { what, name, cache } = purgeTarget(), shown = h('b', {}, text(purging.shown ?? name, 200));
  const unfilled = purging.edit && name === purging.template && hasHole(name), ready = name !== '' && !unfilled;
  const words = {
    site: ['All entries of ', shown, ' are dropped. '],
    tag: ['Every entry with the tag ', shown, ' is dropped, in every cache. '],
    key: ['The entry ', shown, ' is dropped', cache ? [' from the cache ', h('b', {}, text(cache, 60))] : '', '. '],
    namespace: ['Every entry of the namespace ', shown, ' is dropped. '],
    cache: ['All entries of the cache ', shown, ' are dropped. '],
  }[what];
  const titles = { site: 'this site', tag: 'by tag', key: 'by key', namespace: 'a namespace', cache: 'this cache' };
  setText($('purge-title'), `Purge ${titles[what]}?`);
  setText($('purge-name-label'), what === 'key' ? 'Key' : what === 'tag' ? 'Tag' : 'Namespace');
  setText($('purge-hint'), purging.template && hasHole(purging.template) ? 'Put the real value in place of the braces.' : '');
  $('purge-cache-field').hidden = what !== 'key' || $('purge-cache').options.length < 2;
  const all = [...words.flat(Infinity), 'The next requests load anew.', purging.note ? ` ${purging.note()}` : ''];
  $('purge-words').replaceChildren(...(ready ? all : ['Give the exact name of what to purge.']));
  $('purge-go').disabled = !ready;
}
async function purge(event) {
  event.preventDefault();
  const target = purgeTarget(), shown = plain(purging.shown ?? target.name, 80);
  $('purge-go').disabled = true;
  setText($('purge-go'), 'Purging …');
  setText($('purge-error'), '');
  try {
    await ask('/api/purge', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Cache-Token': state.overview.token }, body: JSON.stringify(target) });
    $('purge').close();
    announce(`Purged: ${target.what} ${shown}.`);
    if (!live.paused) tick();
    state.view?.load?.(true)?.catch(() => {});
  } catch (error) {
    setText($('purge-error'), `Not purged: ${plain(error.message)}.`);
  }
  setText($('purge-go'), 'Purge');
  $('purge-go').disabled = false;
}
let toastTimer = 0;
function announce(words) {
  clearTimeout(toastTimer);
  setText($('toast'), words);
  toastTimer = setTimeout(() => setText($('toast'), ''), 6000);
}

// ── Routes ────────────────────────────────────────────────────────────────────────────────────────────────────────

const sitesView = { title: 'Sites', update() { renderLead(); renderFindings(); renderTable(false); } };
let back = { top: 0, site: null };

function viewFor(hash) {
  const [path, query = ''] = hash.slice(1).split(/\?(.*)/s);
  if (path === 'names') return ['names', namesView()];
  if (path === 'caches') return ['caches', cachesView()];
  if (path === 'entry') return ['entry', entryView(new URLSearchParams(query))];
  if (path.startsWith('site/')) return ['sites', siteView(path.slice(5))];
  return ['sites', sitesView];
}
function focusHeading() {
  $('view-other').querySelector('h1')?.focus({ preventScroll: true });
}
function route() {
  const [tab, view] = viewFor(location.hash), first = state.view === null;
  if (state.view === sitesView) back = { top: window.scrollY, site: /^#site\/(.*)/.exec(location.hash)?.[1] ?? null };
  state.turn += 1;
  state.moved = !first;
  state.view = view;
  document.title = `${view.title} · cache`;
  for (const one of document.querySelectorAll('.tabs a')) {
    if (one.dataset.view === tab) {
      one.setAttribute('aria-current', view === sitesView || tab !== 'sites' ? 'page' : 'true');
      one.parentNode.scrollLeft = one.offsetLeft - one.parentNode.offsetLeft - 20;
    } else one.removeAttribute('aria-current');
  }
  $('view-sites').hidden = view !== sitesView;
  $('view-other').hidden = view === sitesView;
  $('view-other').replaceChildren(...(view.node ? [view.node] : []));
  render();
  if (view !== sitesView) {
    window.scrollTo(0, 0);
    if (!first) focusHeading();
    // Before the first overview the tick loads the view; afterwards a new view must not wait for the next tick.
    if (state.overview) view.load?.(true)?.catch(error => { live.failures += 1; live.error = plain(error.message); schedule(); });
  } else if (!first) {
    window.scrollTo(0, back.top);
    (table.rows.get(Number(back.site))?.node.querySelector('a') ?? $('view-sites').querySelector('h1')).focus({ preventScroll: true });
  }
}
function render() {
  if (!state.overview) return;
  setText($('program'), plain(state.overview.program, 60));
  state.view.update?.();
}
function setRange(range) {
  state.range = RANGES.has(range) ? range : 'hour';
  document.querySelector(`#ranges input[value=${state.range}]`).checked = true;
  // Storage may be forbidden; the range is then simply not remembered.
  try { sessionStorage.setItem('cache-range', state.range); } catch { /* not remembered */ }
  if (state.overview && state.view === sitesView) renderTable(true);
  render();
}
function keys(event) {
  const typing = event.target.closest?.('input, select, textarea'), field = state.view === sitesView ? $('filter') : document.querySelector('.hotkey');
  if ($('purge').open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && (!typing || typing.type === 'radio') && field) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === 'Escape' && typing === $('filter')) {
    if (table.filter) filterBy(''); else $('filter').blur();
  } else if (event.key === 'Escape' && !typing && /^#site\//.test(location.hash)) {
    location.hash = '#sites';
  }
}

function start() {
  $('figures').append(...Object.values(lead).map(one => one.node));
  buildTable();
  let range = 'hour';
  try { range = sessionStorage.getItem('cache-range') ?? 'hour'; } catch { /* storage is forbidden */ }
  route();
  setRange(range);
  $('ranges').addEventListener('change', event => setRange(event.target.value));
  $('filter').addEventListener('input', () => { table.filter = $('filter').value; if (state.overview) renderTable(true); });
  $('findings-more').addEventListener('click', () => { findings.all = !findings.all; renderFindings(); });
  $('pause').addEventListener('click', pause);
  $('retry').addEventListener('click', tick);
  $('skip').addEventListener('click', event => { event.preventDefault(); $('main').focus(); });
  $('purge-form').addEventListener('submit', purge);
  $('purge-form').addEventListener('input', describePurge);
  $('purge-cancel').addEventListener('click', () => $('purge').close());
  document.addEventListener('keydown', keys);
  document.addEventListener('visibilitychange', () => { if (document.hidden) clearTimeout(live.timer); else if (!live.paused) tick(); });
  window.addEventListener('hashchange', route);
  history.scrollRestoration = 'manual';
  tick();
}
start();
})();
