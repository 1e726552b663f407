"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const PAGE = 50;

  /** An element; strings become text, never markup. */
  function make(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === true) element.setAttribute(key, "");
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  // ---- wording

  const percent = (value) => (value * 100).toFixed(0) + "%";
  const time = (ms) => ms >= 1000 ? (ms / 1000).toFixed(1) + " s" : ms >= 10 ? ms.toFixed(0) + " ms" : ms.toFixed(1) + " ms";
  function amount(name, value) {
    if (value === null || value === undefined) return "–";
    const unit = data.measures[name] ? data.measures[name].unit : "share";
    if (unit === "share") return percent(value);
    if (unit === "milliseconds") return time(value);
    if (unit === "price") return value.toFixed(5);
    return unit === "score" ? value.toFixed(2).replace("-", "−") : value.toFixed(0);
  }
  const POSITIONS = { single: "Single", first: "First turn", followup: "Follow-up" };

  /** Letters that Arabic readers take for the same, so that a search forgives spelling. */
  function plain(text) {
    return text.normalize("NFKC").toLowerCase()
      .replace(/[\u064b-\u065f\u0670\u0640]/g, "")
      .replace(/[أإآٱ]/g, "ا").replace(/ى/g, "ي").replace(/ة/g, "ه")
      .replace(/[\u0660-\u0669]/g, (d) => d.charCodeAt(0) - 0x660)
      .replace(/[\u06f0-\u06f9]/g, (d) => d.charCodeAt(0) - 0x6f0);
  }

  // ---- the questions, their filters and their order

  for (const [index, question] of data.questions.entries()) {
    question.index = index;
    question.text = plain([
      question.id, question.question, question.standalone, question.answer, ...question.answers,
      ...question.missing.map((check) => check.name),
      ...question.citations.flatMap((c) => [c.title, c.source, c.quote]),
    ].join("\n"));
  }

  const isFailure = (verdict) => data.failures.includes(verdict);
  const state = { verdict: "all", kind: "", language: "", variety: "", position: "", change: "", q: "", sort: "order", down: false, shown: PAGE };
  const open = new Set();

  const measured = (name) => (q) => q.measures[name] ?? null;
  const severity = (q) => ["error", "wrong_source", "wrong", "false_refusal", "partly", "unjudged", "refused", "right"].indexOf(q.verdict);
  const COLUMNS = [
    { key: "verdict", title: "Verdict", by: severity },
    { key: "question", title: "Question", by: (q) => q.question },
    { key: "kind", title: "Kind", by: (q) => q.kind },
    { key: "token_f1", title: "F1", number: true, by: measured("token_f1") },
    { key: "citation_precision", title: "Citations", number: true, by: measured("citation_precision") },
    { key: "confidence", title: "Confidence", number: true, by: (q) => q.confidence, write: (v) => v.toFixed(2) },
    { key: "latency_total_ms", title: "Time", number: true, by: (q) => q.timings.total ?? q.measures.latency_total_ms ?? null, write: time },
  ];
  const SORTS = [
    { key: "order", title: "Test set order", by: (q) => q.index },
    ...(data.against ? [{ key: "gain", title: "Change", by: (q) => q.before ? q.before.gain : null }] : []),
    ...COLUMNS,
  ];

  function changed(question) {
    if (!question.before) return "";
    const mended = isFailure(question.before.verdict) - isFailure(question.verdict);
    const gain = mended || question.before.gain;
    return gain > 1e-9 ? "better" : gain < -1e-9 ? "worse" : "same";
  }

  function passes(question, words) {
    return (state.verdict === "all" || (state.verdict === "failures" ? isFailure(question.verdict) : question.verdict === state.verdict))
      && ["kind", "language", "variety", "position"].every((name) => !state[name] || question[name] === state[name])
      && (!state.change || changed(question) === state.change)
      && words.every((word) => question.text.includes(word));
  }

  function chosen() {
    const words = plain(state.q).split(/\s+/).filter(Boolean);
    const by = SORTS.find((sort) => sort.key === state.sort).by;
    const sign = state.down ? -1 : 1;
    return data.questions.filter((q) => passes(q, words)).sort((a, b) => {
      const x = by(a), y = by(b);
      if (x === null || y === null) return (x === null) - (y === null) || a.index - b.index;
      const order = typeof x === "string" ? x.localeCompare(y, "ar") : x - y;
      return sign * order || a.index - b.index;
    });
  }

  // ---- the table

  const swatch = (verdict) => make("span", { class: "swatch b-" + verdict });

  function row(question) {
    const id = "d" + question.index;
    const isOpen = open.has(question.id);
    const opener = make("button", { class: "opener", type: "button", "aria-expanded": String(isOpen), "aria-controls": id, dir: "auto", lang: question.language || null }, question.question);
    const line = make("tr", { class: "row" + (isOpen ? " open" : ""), role: "row", "data-id": question.id },
      make("td", { class: "c-verdict", role: "cell" }, swatch(question.verdict), data.verdicts[question.verdict],
        question.before && question.before.verdict !== question.verdict
          ? make("span", { class: "was" }, "was " + data.verdicts[question.before.verdict].toLowerCase()) : null),
      make("td", { class: "c-question", role: "cell" }, opener,
        question.turn ? make("span", { class: "turn" }, `Turn ${question.turn} of ${question.item}`) : null),
      make("td", { class: "c-kind", role: "cell", dir: "auto" }, question.kind || "–"),
      ...COLUMNS.filter((column) => column.number).map((column) => {
        const value = column.by(question);
        const text = value === null || value === undefined ? "–" : column.write ? column.write(value) : amount(column.key, value);
        return make("td", { class: "number", role: "cell", "data-name": column.title }, text);
      }));
    const sheet = make("tr", { class: "details", role: "row", id, hidden: !isOpen });
    if (isOpen) fill(sheet, question);
    opener.addEventListener("click", () => {
      const now = opener.getAttribute("aria-expanded") !== "true";
      opener.setAttribute("aria-expanded", String(now));
      line.classList.toggle("open", now);
      sheet.hidden = !now;
      now ? open.add(question.id) : open.delete(question.id);
      if (now && !sheet.hasChildNodes()) fill(sheet, question);
      remember();
    });
    return [line, sheet];
  }

  function fill(sheet, question) {
    sheet.append(make("td", { colspan: COLUMNS.length, role: "cell" }, details(question)));
  }

  function draw() {
    const found = chosen();
    $("question-rows").replaceChildren(...found.slice(0, state.shown).flatMap(row));
    $("shown").textContent = found.length === data.questions.length
      ? `${found.length} questions` : `${found.length} of ${data.questions.length} questions`;
    const left = found.length - state.shown;
    $("more").hidden = left <= 0;
    $("more").textContent = `Show ${Math.min(left, PAGE)} more`;
    for (const head of $("question-heads").children) {
      const active = head.dataset.key === state.sort;
      active ? head.setAttribute("aria-sort", state.down ? "descending" : "ascending") : head.removeAttribute("aria-sort");
    }
    remember();
  }

  // ---- one question

  function block(title, ...content) {
    return make("div", { class: "block" }, make("h3", {}, title), ...content);
  }
  const prose = (text, language, name = "") => make("p", { dir: "auto", lang: language || null, class: name }, text);

  function details(question) {
    const gold = goldBlock(question);
    return make("div", { class: "sheet" },
      make("div", {},
        question.error ? block("Error", make("p", { class: "failure-text" }, question.error)) : null,
        question.standalone && question.standalone !== question.question
          ? block("Searched for", prose(question.standalone, question.language)) : null,
        question.goldStandalone && question.goldStandalone !== question.question
          ? block("Meant, by the test set", prose(question.goldStandalone, question.language)) : null,
        block(question.mode ? `Answer (${question.mode})` : "Answer", prose(question.answer || "–", question.answerLanguage, "answer-text"), ...question.citations.map(citation)),
        question.missing.length ? missingBlock(question) : null,
        question.suggestions.length ? block("Suggested instead", make("ul", {}, ...question.suggestions.map((s) => make("li", { dir: "auto" }, s)))) : null,
        gold,
        question.before ? beforeBlock(question) : null),
      make("div", {}, passagesBlock(question)),
      make("div", { class: "wide" }, verdictsBlock(question), timingsBlock(question)));
  }

  function citation(c) {
    const name = c.url ? make("a", { href: c.url, rel: "noopener noreferrer", target: "_blank" }, c.title) : c.title;
    const marks = c.highlight ? [[...c.highlight, "highlight"]] : [];
    return make("div", { class: "citation" },
      make("p", { dir: "auto" }, ...marked(c.quote, marks)),
      make("p", { class: "from" }, `[${c.marker}] `, make("bdi", {}, name),
        ...[c.source, c.date].filter(Boolean).flatMap((part) => [" · ", make("bdi", {}, part)]),
        " ", c.label ? make("span", { class: "label " + c.label }, c.label) : null));
  }

  /** The checks that do not hold: what was asked for, and what the answer has instead. */
  function missingBlock(question) {
    return block("Missing", make("dl", { class: "missing" }, ...question.missing.map((check) => make("div", {},
      make("dt", {}, check.name),
      make("dd", {}, ...listed(check.expected), check.found.length ? make("span", { class: "muted" }, " found: ", ...listed(check.found)) : "")))));
  }

  /** Values with dots between them, each in its own direction. */
  const listed = (values) => values.flatMap((value, i) => [i ? " · " : "", make("bdi", {}, value)]);

  function goldBlock(question) {
    const parts = [];
    if (question.answerable === false) parts.push(make("p", {}, "Nothing in the articles answers this; it is to be refused."));
    if (question.answers.length) parts.push(make("ul", { class: "gold-list" }, ...question.answers.map((a) => make("li", { dir: "auto" }, a))));
    for (const check of question.checks) parts.push(make("p", { class: "ids" }, check.name + ": ", ...listed(check.values)));
    for (const quote of question.quotes) parts.push(make("p", { dir: "auto", class: "gold-quote" }, quote));
    for (const [name, ids] of Object.entries(question.gold)) {
      if (ids.length) parts.push(make("p", { class: "ids" }, name + ": ", make("bdi", {}, ids.join(", "))));
    }
    return block("Gold", ...(parts.length ? parts : [make("p", { class: "muted" }, "The test set gives none.")]));
  }

  function beforeBlock(question) {
    const before = question.before;
    return block(`In ${data.against}`,
      make("p", {}, swatch(before.verdict), data.verdicts[before.verdict]),
      before.answer === question.answer ? make("p", { class: "muted" }, "The same answer.") : prose(before.answer, before.language));
  }

  function passagesBlock(question) {
    if (!question.retrieved.length) return block("Retrieved passages", make("p", { class: "muted" }, "None."));
    const marks = question.retrieved.some((p) => p.marks.length);
    // Where nothing is quoted, the first passage that would have answered is what one looks for.
    const quoted = question.retrieved.some(isQuoted);
    const first = quoted ? null : question.retrieved.find((p) => p.marks.length && p.label === "relevant");
    return block("Retrieved passages",
      marks ? make("p", { class: "marks-key" }, make("mark", { class: "quote" }, "quoted"), " ", make("mark", { class: "highlight" }, "answering words"), " ", make("mark", { class: "gold" }, "gold")) : null,
      ...question.retrieved.map((p, index) => passage(p, index, p === first)));
  }

  const isQuoted = (found) => found.marks.some((mark) => mark[2] !== "gold");

  function passage(found, index, isWanted) {
    const known = data.passages[found.passage];
    const cited = isQuoted(found);
    return make("details", { class: "passage", open: cited || isWanted },
      make("summary", {},
        make("span", { class: "rank" }, `${index + 1}.`),
        make("span", { class: "name", dir: "auto" }, known.title),
        cited ? make("span", { class: "label cited" }, "quoted") : null,
        found.label ? make("span", { class: "label " + found.label }, found.label) : null,
        typeof found.score === "number" ? make("span", { class: "score" }, found.score.toFixed(3)) : null),
      make("p", { class: "text", dir: "auto", tabindex: "0" }, ...marked(known.text, found.marks)));
  }

  /** Text with its marks; offsets count code points, as Python does, and marks may overlap. */
  function marked(text, marks) {
    const points = Array.from(text);
    const cuts = [...new Set([0, points.length, ...marks.flatMap((m) => [m[0], m[1]])])].sort((a, b) => a - b);
    return cuts.slice(1).map((end, i) => {
      const start = cuts[i];
      const names = [...new Set(marks.filter((m) => m[0] <= start && end <= m[1]).map((m) => m[2]))];
      const piece = points.slice(start, end).join("");
      return names.length ? make("mark", { class: names.join(" ") }, piece) : piece;
    });
  }

  function verdictsBlock(question) {
    const names = Object.keys(data.measures).filter((name) => question.measures[name] !== null && question.measures[name] !== undefined && data.measures[name].unit !== "milliseconds");
    return block("Measures", make("dl", { class: "figures-list" }, ...names.map((name) => {
      const about = data.measures[name];
      const value = question.measures[name];
      const bad = about.better === false ? value > 0 : about.better === true && value <= 0;
      const was = question.before ? question.before.measures[name] : null;
      const moved = was !== null && was !== undefined && Math.abs(was - value) > 1e-9;
      return make("div", { title: about.meaning }, make("dt", {}, about.title),
        make("dd", { class: bad ? "bad" : "" }, moved ? `${amount(name, was)} → ${amount(name, value)}` : amount(name, value)));
    })));
  }

  function timingsBlock(question) {
    const stages = Object.entries(question.timings);
    if (!stages.length) return null;
    return block("Time", make("dl", { class: "figures-list" }, ...stages.map(([stage, ms]) =>
      make("div", {}, make("dt", {}, stage), make("dd", {}, time(ms))))));
  }

  // ---- controls

  const CONTROLS = { q: "search", kind: "kind", language: "language", variety: "variety", position: "position", change: "change", sort: "sort" };

  function options(id, pairs) {
    $(id).replaceChildren(...pairs.map(([value, title]) => make("option", { value }, title)));
  }

  function chips() {
    const count = (test) => data.questions.filter(test).length;
    const offered = [["all", "All", data.questions.length], ["failures", "Failures", count((q) => isFailure(q.verdict))],
      ...Object.entries(data.verdicts).map(([key, title]) => [key, title, count((q) => q.verdict === key)])];
    $("verdicts").append(...offered.filter(([key, , n]) => n || key === "failures").map(([key, title, n]) =>
      make("label", { class: "chip" },
        make("input", { type: "radio", name: "verdict", value: key }),
        make("span", { class: "face" }, key in data.verdicts ? swatch(key) : null, `${title} `, make("span", { class: "muted" }, String(n))))));
  }

  function heads() {
    $("question-heads").append(...COLUMNS.map((column) => {
      const button = make("button", { type: "button" }, column.title);
      button.addEventListener("click", () => {
        state.down = state.sort === column.key ? !state.down : false;
        state.sort = column.key;
        show();
      });
      return make("th", { scope: "col", role: "columnheader", "data-key": column.key, class: column.number ? "number" : "c-" + column.key }, button);
    }));
  }

  function values(name, titles = {}) {
    const found = [...new Set(data.questions.map((q) => q[name]).filter(Boolean))].sort();
    return [["", "All"], ...found.map((value) => [value, titles[value] || value])];
  }

  /** Write the state into the controls and draw. */
  function show() {
    for (const [name, id] of Object.entries(CONTROLS)) $(id).value = state[name];
    for (const radio of $("verdicts").querySelectorAll("input")) radio.checked = radio.value === state.verdict;
    state.shown = PAGE;
    draw();
  }

  function remember() {
    const kept = new URLSearchParams();
    for (const name of ["verdict", ...Object.keys(CONTROLS)]) {
      if (state[name] && state[name] !== "all" && state[name] !== "order") kept.set(name, state[name]);
    }
    if (state.down) kept.set("down", "1");
    if (open.size === 1) kept.set("open", [...open][0]);
    const written = kept.toString();
    if (written) history.replaceState(null, "", "#" + written);
    else if (location.hash.includes("=")) history.replaceState(null, "", location.pathname + location.search);
  }

  function recall() {
    const kept = new URLSearchParams(location.hash.slice(1));
    if (!location.hash.includes("=")) return;
    const verdict = kept.get("verdict") || "all";
    if (verdict === "all" || verdict === "failures" || verdict in data.verdicts) state.verdict = verdict;
    for (const [name, id] of Object.entries(CONTROLS)) {
      const value = kept.get(name);
      if (value !== null && (name === "q" || [...$(id).options].some((o) => o.value === value))) state[name] = value;
    }
    state.down = kept.has("down");
    if (kept.has("open")) open.add(kept.get("open"));
  }

  function listen() {
    for (const [name, id] of Object.entries(CONTROLS)) {
      $(id).addEventListener(name === "q" ? "input" : "change", () => {
        state[name] = $(id).value;
        if (name === "sort") state.down = false;
        state.shown = PAGE;
        draw();
      });
    }
    $("verdicts").addEventListener("change", (event) => {
      state.verdict = event.target.value;
      state.shown = PAGE;
      draw();
    });
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("more").addEventListener("click", () => {
      const first = state.shown;
      state.shown += PAGE;
      draw();
      const next = $("question-rows").querySelectorAll(".opener")[first];
      if (next) next.focus();
    });
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => {
        state.verdict = button.dataset.show;
        show();
        $("questions").scrollIntoView();
        $("verdicts").querySelector("input:checked").focus({ preventScroll: true });
      });
    }
  }

  // ---- the charts that answer to a hand

  function byPart() {
    const select = $("part-measure");
    if (!select) return;
    select.addEventListener("change", () => {
      for (const table of document.querySelectorAll(".by-part")) table.hidden = table.dataset.measure !== select.value;
    });
  }

  function threshold() {
    const slider = $("threshold");
    if (!slider) return;
    const labelled = data.questions.filter((q) => !q.error && q.confidence !== null && q.answerable !== null);
    const groups = [true, false].map((label) => labelled.filter((q) => q.answerable === label).map((q) => q.confidence));
    const line = $("mark-chosen") || $("mark-best");
    const move = () => {
      const at = Number(slider.value);
      const kept = groups[0].filter((c) => c >= at).length, refused = groups[1].filter((c) => c < at).length;
      line.setAttribute("x1", at * 100);
      line.setAttribute("x2", at * 100);
      $("threshold-says").textContent = `At ${at.toFixed(3)}: ${kept} of ${groups[0].length} answerable questions answered (${percent(kept / groups[0].length)}), `
        + `${refused} of ${groups[1].length} unanswerable ones refused (${percent(refused / groups[1].length)}).`;
    };
    slider.addEventListener("input", move);
    move();
  }

  chips();
  heads();
  options("kind", values("kind"));
  options("language", values("language"));
  options("variety", values("variety"));
  $("variety-label").hidden = !data.questions.some((q) => q.variety);
  options("position", values("position", POSITIONS));
  options("change", [["", "All"], ["worse", "Got worse"], ["better", "Got better"], ["same", "Unchanged"]]);
  options("sort", SORTS.map((sort) => [sort.key, sort.title]));
  $("change-label").hidden = !data.against;
  $("filters").hidden = false;
  const table = $("question-table");
  table.hidden = false;
  for (const [element, role] of [[table, "table"], [table.tHead, "rowgroup"], [table.tBodies[0], "rowgroup"], [$("question-heads"), "row"]]) element.setAttribute("role", role);
  recall();
  listen();
  show();
  byPart();
  threshold();
  if (open.size) {
    const opened = $("question-rows").querySelector(".row.open");
    if (opened) opened.scrollIntoView();
  }
})();
