/*
 * Draws the charts of a page with Chart.js, each when half of it is in view (all of them for a printer); the library is
 * fetched for the first one, from where the page's meta element "chart-library" says. A canvas names a JSON script element by data-chart:
 * {kind: "bars" | "columns" | "stacked" | "timeline", labels, series: [{label, values, hrefs, colour | colours}], n}.
 * Colours are names of custom properties. Whatever is clicked leads to the comments behind it.
 */

const HALF = 0.5;
const library = document.querySelector("meta[name=chart-library]");
const root = document.documentElement;
const locale = root.lang === "es" ? "es-PY" : "en";
const plain = new Intl.NumberFormat(locale, { useGrouping: "always", maximumFractionDigits: 2 });
const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const drawn = new Map();

/* light-dark() is resolved only where a colour is used, so a probe uses it. */
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

function token(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function fonts(size = 13, weight = 400) {
  return { family: getComputedStyle(document.body).fontFamily, size, weight };
}

function datasets(data, surface) {
  return data.series.map((series) => ({
    label: series.label,
    data: series.values,
    hrefs: series.hrefs,
    backgroundColor: series.colours ? series.colours.map(token) : token(series.colour),
    borderColor: surface,
    borderWidth: data.kind === "bars" || data.kind === "columns" ? 0 : 1,
    borderSkipped: false,
    borderRadius: data.kind === "bars" || data.kind === "columns" ? 3 : 2,
    maxBarThickness: data.kind === "bars" ? 22 : 40,
    categoryPercentage: 0.82,
    barPercentage: 0.9,
  }));
}

/* Numbers at the ends of bars, so that nobody has to read an axis. */
const ends = {
  id: "ends",
  afterDatasetsDraw(chart, _args, options) {
    if (!options.shown) return;
    const { ctx } = chart;
    ctx.save();
    ctx.fillStyle = options.colour;
    ctx.font = `500 13px ${fonts().family}`;
    const across = chart.options.indexAxis === "y";
    ctx.textAlign = across ? "left" : "center";
    ctx.textBaseline = across ? "middle" : "bottom";
    chart.getDatasetMeta(0).data.forEach((bar, index) => {
      const value = chart.data.datasets[0].data[index];
      ctx.fillText(plain.format(value), across ? bar.x + 6 : bar.x, across ? bar.y : bar.y - 3);
    });
    ctx.restore();
  },
};

function tooltip(data) {
  return {
    backgroundColor: token("ink"),
    titleColor: token("paper"),
    bodyColor: token("paper"),
    titleFont: fonts(13, 600),
    bodyFont: fonts(13),
    padding: 10,
    cornerRadius: 5,
    displayColors: data.series.length > 1,
    callbacks: {
      label(item) {
        const total = data.n ?? data.series.reduce((sum, series) => sum + series.values[item.dataIndex], 0);
        const part = total ? ` (${share.format(item.raw / total)})` : "";
        return `${item.dataset.label}: ${plain.format(item.raw)}${part}`;
      },
    },
  };
}

function scales(data, across) {
  const single = data.series.length === 1;
  const values = {
    stacked: !single,
    beginAtZero: true,
    grace: single ? "12%" : 0,
    display: !single,
    grid: { color: token("line"), drawTicks: false },
    border: { display: false },
    ticks: { color: token("ink-3"), font: fonts(12), maxTicksLimit: 6, padding: 6, precision: 0, callback: (value) => plain.format(value) },
  };
  const names = {
    stacked: !single,
    grid: { display: false },
    border: { color: token("line-strong") },
    ticks: { color: token("ink"), font: fonts(13), autoSkip: !across, maxRotation: 0, autoSkipPadding: 12, crossAlign: across ? "far" : "center" },
  };
  return across ? { x: values, y: names } : { x: names, y: values };
}

function open(chart, event, data) {
  const [hit] = chart.getElementsAtEventForMode(event, "nearest", { intersect: true }, false);
  return hit ? data.series[hit.datasetIndex].hrefs[hit.index] : "";
}

function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const across = data.kind === "bars" || data.kind === "stacked";
  const chart = new window.Chart(canvas, {
    type: "bar",
    data: { labels: data.labels, datasets: datasets(data, token("surface")) },
    plugins: [ends],
    options: {
      indexAxis: across ? "y" : "x",
      animation: false,
      maintainAspectRatio: false,
      locale,
      layout: { padding: { right: data.kind === "bars" ? 12 : 4, top: data.kind === "columns" ? 14 : 0 } },
      scales: scales(data, across),
      plugins: {
        ends: { shown: data.series.length === 1, colour: token("ink-2") },
        legend: {
          display: data.series.length > 1,
          position: "top",
          align: "start",
          onClick: () => {},
          labels: { color: token("ink-2"), font: fonts(13), boxWidth: 12, boxHeight: 12, useBorderRadius: true, borderRadius: 3, padding: 14 },
        },
        tooltip: tooltip(data),
      },
      onClick: (event, _hits, self) => {
        const href = open(self, event, data);
        if (href) window.location.assign(href);
      },
      onHover: (event, hits) => { event.native.target.style.cursor = hits.length ? "pointer" : "default"; },
    },
  });
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, chart);
  canvas.dataset.drawn = "";
  root.dataset.charts = String(drawn.size);
}

/* The file is no module, but defines what it is there for when it is run as one. */
const ready = () => Promise.all([import(library.content), document.fonts.ready]);

const watch = new IntersectionObserver((entries) => {
  const seen = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
  seen.forEach((canvas) => watch.unobserve(canvas));
  if (seen.length) ready().then(() => seen.forEach(draw));
}, { threshold: HALF });

document.querySelectorAll("canvas[data-chart]").forEach((canvas) => watch.observe(canvas));
window.addEventListener("beforeprint", () => {
  if (window.Chart) document.querySelectorAll("canvas[data-chart]").forEach((canvas) => drawn.has(canvas) || draw(canvas));
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => [...drawn.keys()].forEach(draw));
