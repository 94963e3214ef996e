'use strict';
(() => {
  const D = JSON.parse(document.getElementById('data').textContent);
  const main = document.querySelector('main'), nav = document.querySelector('nav'), tip = document.getElementById('tip');
  const esc = s => String(s).replace(/[&<>"']/g, c => '&#' + c.charCodeAt(0) + ';');
  const known = v => v !== null && v !== undefined;
  const count = n => n.toLocaleString('en');
  const percent = (v, digits = 2) => known(v) ? (100 * v).toFixed(digits) + ' %' : '–';
  const short = v => {
    if (!known(v)) return '–';
    const a = Math.abs(v);
    if (a !== 0 && (a < 1e-3 || a >= 1e6)) return v.toExponential(2);
    return String(+v.toPrecision(4));
  };
  const mib = v => count(+v.toPrecision(4)) + ' MiB', round = v => +(100 * v).toPrecision(4) + ' %';
  const element = (html) => { const t = document.createElement('template'); t.innerHTML = html.trim(); return t.content.firstChild; };

  function section(id, title) {
    nav.append(element(`<a href="#${id}">${esc(title)}</a>`));
    const s = element(`<section id="${id}"><h2>${esc(title)}</h2></section>`);
    main.append(s);
    return s;
  }

  function showTip(text, event) {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(innerWidth - box.width - 4, event.clientX + 14)) + 'px';
    tip.style.top = Math.max(4, event.clientY - box.height - 12) + 'px';
  }

  // ---- charts -------------------------------------------------------------------------------------------------------

  const W = 560, H = 270, L = 58, R = 12, T = 10, B = 38;
  const DASH = ['', '7 4', '2 3'], COLOUR = ['var(--a)', 'var(--b)', 'var(--c)'];

  function ticks(from, to, wanted) {
    const raw = (to - from) / wanted, power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find(f => f * power >= raw * 0.999);
    const all = [];
    for (let v = Math.ceil(from / step - 1e-9) * step; v <= to + step * 1e-6; v += step) all.push(Math.abs(v) < step * 1e-9 ? 0 : v);
    return all;
  }

  function logTicks(from, to) {
    const all = [];
    for (let e = Math.floor(Math.log10(from)); e <= Math.ceil(Math.log10(to)); e++)
      for (const f of to / from > 1000 ? [1] : [1, 2, 5]) if (f * 10 ** e >= from * 0.999 && f * 10 ** e <= to * 1.001) all.push(f * 10 ** e);
    return all.length >= 2 ? all : [from, to];
  }

  /** A chart of lines. Dragging sideways, or the arrow, plus and minus keys, choose the part of the x axis that is shown. */
  class Chart {
    constructor(options) {
      Object.assign(this, { unit: short, xName: 'epoch', points: true }, options);
      this.series = this.series.map(s => ({ ...s, data: s.data.filter(p => known(p[1])) })).filter(s => s.data.length);
      const xs = this.series.flatMap(s => s.data.map(p => p[0]));
      this.full = this.range || [Math.min(...xs), Math.max(...xs)];
      if (this.full[0] === this.full[1]) this.full = [this.full[0] - 1, this.full[1] + 1];
      this.view = this.full;
      this.positive = this.series.every(s => s.data.every(p => p[1] > 0));
      const keys = this.series.map((s, i) => `<span class="key"><svg width="26" height="10" aria-hidden="true">${this.line(i, 'M1 5H25')}${this.mark(i, 13, 5)}</svg>${esc(s.name)}</span>`).join('');
      this.box = element(`<div class="chart"><div class="head"><h3>${esc(this.title)}</h3>${keys}
        <button class="log" aria-pressed="false"${this.positive && !this.fixed ? '' : ' hidden'}>log</button><button class="reset" hidden>show all</button></div>
        <svg class="plot" viewBox="0 0 ${W} ${H}" tabindex="0" role="img" aria-label="${esc(this.title)}: ${esc(this.summary())}"></svg></div>`);
      this.svg = this.box.querySelector('.plot');
      this.resetButton = this.box.querySelector('.reset');
      this.resetButton.onclick = () => this.zoom(this.full);
      this.logButton = this.box.querySelector('.log');
      this.logButton.onclick = () => { this.log = !this.log; this.logButton.setAttribute('aria-pressed', this.log); this.draw(); };
      this.listen();
      this.draw();
    }

    summary() { return this.series.map(s => `${s.name} ends at ${this.unit(s.data[s.data.length - 1][1])}`).join(', '); }
    line(i, path) { return `<path d="${path}" fill="none" stroke="${COLOUR[i % 3]}" stroke-width="2" stroke-dasharray="${DASH[i % 3]}" stroke-linejoin="round"/>`; }
    mark(i, x, y) {
      if (i % 3 === 0) return `<circle cx="${x}" cy="${y}" r="3" fill="${COLOUR[0]}"/>`;
      if (i % 3 === 1) return `<rect x="${x - 3}" y="${y - 3}" width="6" height="6" fill="${COLOUR[1]}"/>`;
      return `<path d="M${x} ${y - 4}l4 7h-8z" fill="${COLOUR[2]}"/>`;
    }

    x(v) { return L + (v - this.view[0]) / (this.view[1] - this.view[0]) * (W - L - R); }
    y(v) {
      const [low, high] = this.limits, f = this.log ? Math.log : a => a;
      return H - B - (f(v) - f(low)) / (f(high) - f(low)) * (H - T - B);
    }

    visible(s) {
      const [from, to] = this.view, d = s.data;
      let first = d.findIndex(p => p[0] >= from), last = d.length - 1;
      if (first < 0) return d.slice(-1);
      while (last > 0 && d[last][0] > to) last--;
      return d.slice(Math.max(0, first - 1), last + 2);
    }

    scale() {
      if (this.fixed) { this.limits = this.fixed; return; }
      const ys = this.series.flatMap(s => this.visible(s).map(p => p[1]));
      let low = Math.min(...ys), high = Math.max(...ys);
      if (this.log) { this.limits = low === high ? [low / 2, high * 2] : [low / 1.1, high * 1.1]; return; }
      if (low >= 0 && low < high * 0.5) low = 0;
      const room = high === low ? Math.abs(high) * 0.1 || 1 : (high - low) * 0.05;
      this.limits = [low === 0 ? 0 : low - room, high + room];
      if (this.most !== undefined) this.limits[1] = Math.min(this.limits[1], this.most);
    }

    draw() {
      this.scale();
      const [low, high] = this.limits, parts = [];
      for (const v of this.log ? logTicks(low, high) : ticks(low, high, 5)) {
        const y = this.y(v).toFixed(1);
        parts.push(`<path class="grid" d="M${L} ${y}H${W - R}"/><text x="${L - 6}" y="${+y + 4}" text-anchor="end">${esc(this.unit(v))}</text>`);
      }
      const whole = this.xName === 'epoch' && this.view[1] - this.view[0] >= 4;
      for (const v of ticks(this.view[0], this.view[1], 7)) {
        if (whole && v % 1) continue;
        parts.push(`<text x="${this.x(v).toFixed(1)}" y="${H - B + 16}" text-anchor="middle">${short(v)}</text>`);
      }
      parts.push(`<path class="axis" d="M${L} ${H - B}H${W - R}"/><text x="${(L + W - R) / 2}" y="${H - 4}" text-anchor="middle">${esc(this.xName)}</text>`);
      parts.push(`<clipPath id="clip-${this.id}"><rect x="${L - 4}" y="${T - 6}" width="${W - L - R + 8}" height="${H - T - B + 8}"/></clipPath><g clip-path="url(#clip-${this.id})">`);
      if (this.behind) parts.push(this.behind(this));
      this.series.forEach((s, i) => {
        const shown = this.visible(s), path = shown.map((p, k) => (k ? 'L' : 'M') + this.x(p[0]).toFixed(1) + ' ' + this.y(p[1]).toFixed(1)).join('');
        parts.push(this.line(i, path));
        if (shown.length <= 40) shown.forEach(p => parts.push(this.mark(i, +this.x(p[0]).toFixed(1), +this.y(p[1]).toFixed(1))));
      });
      parts.push('</g><rect class="brush" hidden width="0" height="0"/><path class="cursor" d=""/>');
      this.svg.innerHTML = parts.join('');
      this.resetButton.hidden = this.view === this.full;
      this.box.dataset.from = this.view[0];
      this.box.dataset.to = this.view[1];
    }

    zoom(view) {
      const least = (this.full[1] - this.full[0]) / 500;
      let [from, to] = view;
      from = Math.max(this.full[0], from);
      to = Math.min(this.full[1], to);
      if (to - from < least) return;
      this.view = from === this.full[0] && to === this.full[1] ? this.full : [from, to];
      this.draw();
    }

    at(event) {
      const box = this.svg.getBoundingClientRect();
      const px = (event.clientX - box.left) / box.width * W;
      return Math.max(L, Math.min(W - R, px));
    }
    value(px) { return this.view[0] + (px - L) / (W - L - R) * (this.view[1] - this.view[0]); }

    listen() {
      let start = null;
      this.svg.addEventListener('pointerdown', e => { if (e.button === 0) { start = this.at(e); try { this.svg.setPointerCapture(e.pointerId); } catch (gone) { /* it has left already */ } } });
      this.svg.addEventListener('pointermove', e => {
        const now = this.at(e);
        if (start !== null && Math.abs(now - start) > 4) {
          const b = this.svg.querySelector('.brush');
          b.removeAttribute('hidden');
          Object.entries({ x: Math.min(start, now), y: T, width: Math.abs(now - start), height: H - T - B }).forEach(([k, v]) => b.setAttribute(k, v));
        }
        this.point(now, e);
      });
      this.svg.addEventListener('pointerup', e => {
        const now = this.at(e), from = start;
        start = null;
        if (from !== null && Math.abs(now - from) > 8) this.zoom([this.value(Math.min(from, now)), this.value(Math.max(from, now))]);
      });
      const end = () => { start = null; tip.hidden = true; this.draw(); };
      this.svg.addEventListener('pointercancel', end);
      this.svg.addEventListener('pointerleave', () => { tip.hidden = true; if (start === null) this.svg.querySelector('.cursor').setAttribute('d', ''); });
      this.svg.addEventListener('dblclick', () => this.zoom(this.full));
      this.svg.addEventListener('keydown', e => {
        const width = this.view[1] - this.view[0], middle = (this.view[0] + this.view[1]) / 2;
        const moved = d => { const s = Math.max(this.full[0] - this.view[0], Math.min(this.full[1] - this.view[1], d)); return [this.view[0] + s, this.view[1] + s]; };
        const next = { '+': [middle - width / 4, middle + width / 4], '-': [middle - width, middle + width], ArrowLeft: moved(-width / 4), ArrowRight: moved(width / 4), Escape: this.full }[e.key];
        if (next) { e.preventDefault(); this.zoom(next); }
      });
    }

    point(px, event) {
      const v = this.value(px);
      let nearest = null;
      for (const s of this.series) for (const p of s.data) if (nearest === null || Math.abs(p[0] - v) < Math.abs(nearest - v)) nearest = p[0];
      const lines = this.series.flatMap(s => {
        let best = null;
        for (const p of s.data) if (best === null || Math.abs(p[0] - nearest) < Math.abs(best[0] - nearest)) best = p;
        return best && Math.abs(best[0] - nearest) <= (this.full[1] - this.full[0]) / 200 ? [`${s.name}: ${this.unit(best[1])}`] : [];
      });
      this.svg.querySelector('.cursor').setAttribute('d', `M${this.x(nearest).toFixed(1)} ${T}V${H - B}`);
      showTip([`${this.xName} ${short(nearest)}`, ...lines].join('\n'), event);
    }
  }

  let charts = 0;
  function chart(to, options) {
    const series = options.series.filter(s => s.data.some(p => known(p[1])));
    if (series.length) to.append(new Chart({ ...options, id: charts++, series }).box);
  }

  // ---- sections -----------------------------------------------------------------------------------------------------

  function overview() {
    const facts = D.facts.map(([k, v]) => `<div${v.length > 36 ? ' class="wide"' : ''}><dt>${esc(k)}</dt><dd>${esc(v)}</dd></div>`).join('');
    main.append(element(`<dl class="facts">${facts}</dl>`));
  }

  function curves() {
    if (!D.epochs.length && !D.steps.length) return;
    const s = section('curves', 'Training');
    s.append(element('<p class="soft">Drag sideways over a curve to enlarge a part; double-click shows all of it again.</p>'));
    const grid = element('<div class="charts"></div>');
    s.append(grid);
    const epoch = name => D.epochs.map(e => [e.epoch, e[name]]);
    const step = name => D.steps.map(e => [e.epoch, e[name]]);
    const fine = D.steps.length > D.epochs.length;
    const last = Math.max(...D.epochs.map(e => e.epoch), ...D.steps.map(e => e.epoch));
    const first = Math.min(...D.epochs.map(e => e.epoch), ...D.steps.map(e => e.epoch));
    const range = [Math.min(first, 1), last];
    chart(grid, { title: 'Loss', range, series: [{ name: 'training', data: fine ? step('loss') : epoch('train_loss') }, { name: 'validation', data: epoch('val_loss') }] });
    chart(grid, { title: 'Accuracy', range, most: 1, unit: round, series: [{ name: 'training', data: fine ? step('top1') : epoch('train_top1') }, { name: 'validation', data: epoch('val_top1') }, ...(D.epochs.every(e => e.val_top5 >= 0.99999) ? [] : [{ name: 'validation, top 5', data: epoch('val_top5') }])] });
    chart(grid, { title: 'Learning rate', range, series: [{ name: 'learning rate', data: fine ? step('lr') : epoch('lr') }] });
    chart(grid, { title: 'Gradient norm', range, series: [{ name: 'mean', data: epoch('gradient_norm') }, { name: 'largest', data: epoch('gradient_norm_max') }] });
    const speed = section('speed', 'Speed and memory'), plots = element('<div class="charts"></div>');
    speed.append(plots);
    chart(plots, { title: D.samples[0].toUpperCase() + D.samples.slice(1) + ' per second', range, unit: v => count(+v.toPrecision(4)), series: [{ name: 'training', data: fine ? step('images_per_second') : epoch('images_per_second') }] });
    chart(plots, { title: 'Waiting for data', range, unit: round, series: [{ name: 'share of the time', data: fine ? step('wait_share') : epoch('wait_share') }] });
    chart(plots, { title: 'Seconds an epoch', range, series: [{ name: 'with validation', data: epoch('seconds') }] });
    if (D.memory.length) chart(plots, { title: 'Memory of the process', range, unit: mib, series: [{ name: 'all', data: D.memory.map(m => [m.epoch, m.resident && m.resident / 1048576]) }, { name: 'Java heap', data: D.memory.map(m => [m.epoch, m.heap / 1048576]) }] });
    const scaled = D.epochs.some(e => e.loss_scale !== 1 || e.skipped_steps > 0);
    const scaling = e => scaled ? `<td>${e.loss_scale >= 1 ? count(e.loss_scale) : '2^' + Math.log2(e.loss_scale)}</td><td>${count(e.skipped_steps)}</td>` : '';
    const rows = D.epochs.map(e => `<tr><td>${e.epoch}${e.best ? ' (best so far)' : ''}</td><td>${short(e.train_loss)}</td><td>${percent(e.train_top1)}</td><td>${short(e.val_loss)}</td><td>${percent(e.val_top1)}</td><td>${percent(e.val_top5)}</td><td>${short(e.lr)}</td><td>${percent(e.clipped_share, 0)}</td>${scaling(e)}<td>${known(e.seconds) ? e.seconds.toFixed(1) : '–'}</td></tr>`).join('');
    if (rows) s.append(element(`<details><summary>Epochs as a table</summary><div class="scroll"><table><thead><tr><th>epoch</th><th>training loss</th><th>accuracy</th><th>validation loss</th><th>accuracy</th><th>top 5</th><th>learning rate</th><th>clipped</th>${scaled ? '<th>loss scale</th><th>skipped steps</th>' : ''}<th>seconds</th></tr></thead><tbody>${rows}</tbody></table></div></details>`));
  }

  const J = D.judged;

  function figure(p) {
    const [name, label, guess, probability, trueProbability, place] = p, right = label === guess;
    const truth = J.classes[label].name, taken = J.classes[guess].name;
    let picture = '';
    if (place >= 0) {
      const a = J.atlas, column = place % a.columns, row = Math.floor(place / a.columns);
      const at = (i, n) => n > 1 ? i / (n - 1) * 100 : 0;
      picture = `<div class="pic${a.width > 40 ? ' smooth' : ''}" role="img" aria-label="${esc(name)}: ${esc(truth)}, taken for ${esc(taken)}" style="aspect-ratio:${a.width}/${a.height};background-size:${a.columns * 100}% ${a.rows * 100}%;background-position:${at(column, a.columns)}% ${at(row, a.rows)}%"></div>`;
    }
    const said = right ? `<span class="ok">✓ ${esc(taken)}</span> ${percent(probability, 1)}` : `<b>✗ ${esc(taken)}</b> ${percent(probability, 1)}<br>is ${esc(truth)} ${percent(trueProbability, 1)}`;
    return `<figure title="${esc(name)}">${picture}<figcaption>${said}<br><span class="soft">${esc(name.split('/').pop())}</span></figcaption></figure>`;
  }

  let openCell = () => {};

  function confusion() {
    const s = section('confusion', 'Confusion matrix'), n = J.classes.length;
    const cells = new Map(J.cells.map(([t, p, c]) => [t * n + p, c]));
    const detail = element('<div class="cell" aria-live="polite" hidden></div>');
    const button = (t, p) => {
      const c = cells.get(t * n + p), share = c / J.classes[t].images;
      if (!c) return '<td><i></i></td>';
      const strength = t === p ? 0.12 + 0.75 * share : Math.min(0.9, 0.18 + 2.2 * share);
      const colour = strength > 0.55 ? 'color:var(--back);' : '';
      return `<td><button data-cell="${t},${p}" style="${colour}background:rgba(var(--${t === p ? 'heat' : 'wrong'}),${strength.toFixed(2)})" aria-label="${c} of class ${esc(J.classes[t].name)} taken for ${esc(J.classes[p].name)}">${c}</button></td>`;
    };
    if (n <= 40) {
      const head = J.classes.map(c => `<th scope="col"><span>${esc(c.name)}</span></th>`).join('');
      const body = J.classes.map((c, t) => `<tr><th scope="row" title="${esc(c.name)}">${esc(c.name)}</th>${J.classes.map((d, p) => button(t, p)).join('')}</tr>`).join('');
      s.append(element('<p class="soft">Rows are the classes of the images, columns what the network takes them for. A cell lists its images.</p>'));
      s.append(element(`<div class="scroll"><table class="matrix"><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table></div>`));
    } else {
      const pairs = J.cells.filter(([t, p]) => t !== p).sort((a, b) => b[2] - a[2]).slice(0, 60);
      const rows = pairs.map(([t, p, c]) => `<tr><td>${esc(J.classes[t].name)}</td><td class="left">${esc(J.classes[p].name)}</td><td>${c}</td><td>${percent(c / J.classes[t].images, 1)}</td><td><button data-cell="${t},${p}">images</button></td></tr>`).join('');
      s.append(element(`<p class="soft">The ${pairs.length} pairs that are confused most often, of ${count(n)} classes; confusion_matrix.png shows all.</p>`));
      s.append(element(`<div class="scroll"><table><thead><tr><th>class</th><th class="left">taken for</th><th>images</th><th>of the class</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`));
    }
    s.append(detail);
    openCell = (t, p) => {
      const all = J.pictures.filter(q => q[1] === t && q[2] === p), total = cells.get(t * n + p) || 0;
      const seen = all.filter(q => q[5] >= 0), named = all.filter(q => q[5] < 0), more = total - all.length;
      const list = named.length ? `<details${seen.length ? '' : ' open'}><summary>${count(named.length)} more, without a picture</summary><ul>${named.map(q => `<li>${esc(q[0])} <span class="soft">${percent(q[3], 1)}</span></li>`).join('')}</ul></details>` : '';
      detail.innerHTML = `<h3>${esc(J.classes[t].name)} ${t === p ? 'recognised' : 'taken for ' + esc(J.classes[p].name)}: ${count(total)} of ${count(J.classes[t].images)}</h3><p></p><div class="gallery">${seen.map(figure).join('')}</div>${list}${more > 0 ? `<p class="soft">${count(more)} more are in predictions.csv.</p>` : ''}`;
      detail.hidden = false;
      s.querySelectorAll('button.on').forEach(b => b.classList.remove('on'));
      const b = s.querySelector(`button[data-cell="${t},${p}"]`);
      if (b) b.classList.add('on');
      if (b) b.blur();
    };
    s.addEventListener('click', e => {
      const b = e.target.closest('button[data-cell]');
      if (b) history.replaceState(null, '', '#cell=' + b.dataset.cell), openCell(...b.dataset.cell.split(',').map(Number));
    });
  }

  function gallery() {
    const s = section('errors', 'Worst errors');
    if (!J.worst.length) { s.append(element('<p>There are none: every image was recognised.</p>')); return; }
    s.append(element('<p class="soft">The images whose class the network holds for least probable.</p>'));
    s.append(element(`<div class="gallery">${J.worst.map(i => figure(J.pictures[i])).join('')}</div>`));
  }

  function classes() {
    const s = section('classes', 'Classes');
    const columns = [['class', 'name'], ['images', 'images'], ['precision', 'precision'], ['recall', 'recall'], ['F1', 'f1']];
    const table = element(`<div class="scroll"><table><thead><tr>${columns.map(([t, k]) => `<th scope="col"><button data-key="${k}">${t}</button></th>`).join('')}</tr></thead><tbody></tbody></table></div>`);
    const bar = v => `${percent(v, 1)} <span class="bar" style="width:${(4 * (v || 0)).toFixed(2)}rem"></span><span style="display:inline-block;width:${(4 - 4 * (v || 0)).toFixed(2)}rem"></span>`;
    let key = null, direction = 1;
    const fill = () => {
      const rows = [...J.classes];
      if (key) rows.sort((a, b) => direction * (key === 'name' ? a.name.localeCompare(b.name) : (a[key] ?? -1) - (b[key] ?? -1)));
      table.querySelector('tbody').innerHTML = rows.map(c => `<tr><td>${esc(c.name)}</td><td>${count(c.images)}</td><td>${bar(c.precision)}</td><td>${bar(c.recall)}</td><td>${percent(c.f1, 1)}</td></tr>`).join('');
    };
    table.addEventListener('click', e => {
      const b = e.target.closest('button');
      if (!b) return;
      direction = key === b.dataset.key ? -direction : 1;
      key = b.dataset.key;
      fill();
    });
    fill();
    s.append(element('<p class="soft">Precision: of the images taken for the class, those that are of it. Recall: of its images, those that were recognised. A heading sorts.</p>'), table);
  }

  function reliability() {
    const r = J.reliability, s = section('reliability', 'Reliability');
    s.append(element(`<p class="soft">Is the network right as often as it says? On the dotted line it is; below, it is too sure of itself. Expected calibration error ${percent(r.error)}.</p>`));
    const grid = element('<div class="charts"></div>'), most = Math.max(...r.bins.map(b => b.images));
    s.append(grid);
    const filled = r.bins.filter(b => b.images);
    const behind = c => filled.map(b => {
      const top = c.y(b.images / most * 0.35);
      return `<rect x="${c.x(b.from) + 1}" y="${top}" width="${Math.max(0, c.x(b.to) - c.x(b.from) - 2)}" height="${H - B - top}" fill="var(--line)"/>`;
    }).join('') + `<path d="M${c.x(0)} ${c.y(0)}L${c.x(1)} ${c.y(1)}" stroke="var(--soft)" stroke-dasharray="2 4" fill="none"/>`;
    chart(grid, { title: 'Accuracy by probability', xName: 'probability of the first guess', range: [0, 1], fixed: [0, 1], unit: round, behind, series: [{ name: 'accuracy', data: filled.map(b => [b.probability, b.accuracy]) }] });
    const rows = filled.map(b => `<tr><td>${percent(b.from, 0)} to ${percent(b.to, 0)}</td><td>${count(b.images)}</td><td>${percent(b.probability, 1)}</td><td>${percent(b.accuracy, 1)}</td></tr>`).join('');
    grid.append(element(`<div class="scroll"><table><thead><tr><th>probability</th><th>images</th><th>mean</th><th>right</th></tr></thead><tbody>${rows}</tbody></table></div>`));
  }

  function network() {
    const n = D.network, s = section('network', 'Network');
    s.append(element(`<p>${esc(n.name)}: ${count(n.parameters)} parameters, ${count(n.multiply_adds)} multiply-adds ${D.samples === 'images' ? 'an image' : 'a sample'}</p>`));
    const rows = n.layers.map(l => `<tr><td>${esc(l.path)}</td><td class="left">${esc(l.kind)}</td><td class="left">${esc(l.output)}</td><td>${l.parameters ? count(l.parameters) : '–'}</td><td>${l.multiply_adds ? count(l.multiply_adds) : '–'}</td><td class="left">${esc(l.field)}</td></tr>`).join('');
    s.append(element(`<details${n.layers.length <= 30 ? ' open' : ''}><summary>Layers</summary><div class="scroll"><table><thead><tr><th>layer</th><th class="left">kind</th><th class="left">output</th><th>parameters</th><th>multiply-adds</th><th class="left">receptive field</th></tr></thead><tbody>${rows}</tbody></table></div></details>`));
    s.append(element(`<details><summary>Description (model.yaml)</summary><pre>${esc(n.yaml)}</pre></details>`));
  }

  function options() {
    if (!D.options) return;
    section('options', 'Options').append(element(`<pre>${esc(D.options)}</pre>`));
  }

  if (J && J.atlas) {
    const style = document.createElement('style');
    style.textContent = `.pic{background-image:url("${J.atlas.uri}")}`;
    document.head.append(style);
  }
  overview();
  curves();
  if (J) { confusion(); gallery(); classes(); reliability(); }
  network();
  options();
  const linked = () => { const m = /^#cell=(\d+),(\d+)$/.exec(location.hash); if (m && J) { openCell(+m[1], +m[2]); document.getElementById('confusion').scrollIntoView(); } };
  addEventListener('hashchange', linked);
  linked();
  document.documentElement.dataset.ready = 'yes';
})();
