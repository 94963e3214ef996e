'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const main = document.querySelector('main'), large = document.getElementById('large');
const dark = matchMedia('(prefers-color-scheme: dark)');

/** Makes an element; children are elements or text, never markup. */
function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) e.setAttribute(name, value);
  }
  e.append(...children.flat().filter(c => c !== null && c !== undefined));
  return e;
}

const number = v => typeof v !== 'number' ? String(v) : v === 0 ? '0' : Math.abs(v) >= 1e4 || Math.abs(v) < 1e-3 ? v.toExponential(2) : String(+v.toPrecision(3));

/** The colours of a map as bytes; entry 0 is a gap. */
function palette(signed) {
  const hex = signed ? (dark.matches ? data.colours.dark : data.colours.light) : data.colours.sequential;
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

const pictures = new Map();
function loaded(uri) {
  if (!pictures.has(uri)) {
    pictures.set(uri, new Promise((done, failed) => {
      const image = new Image();
      image.onload = () => done(image);
      image.onerror = failed;
      image.src = uri;
    }));
  }
  return pictures.get(uri);
}

const painted = new Set();
/** Draws a part of a picture; maps (signed or not) in colours that follow the theme. */
function paint(canvas, uri, box, signed, opaque = 255) {
  const job = async () => {
    const image = await loaded(uri);
    const [x, y, w, h] = box || [0, 0, image.naturalWidth, image.naturalHeight];
    canvas.width = w;
    canvas.height = h;
    const g = canvas.getContext('2d', { willReadFrequently: true });
    g.drawImage(image, x, y, w, h, 0, 0, w, h);
    if (signed === null) return;
    const pixels = g.getImageData(0, 0, w, h), p = pixels.data, colours = palette(signed);
    for (let i = 0; i < p.length; i += 4) {
      const entry = p[i];
      p[i + 3] = entry ? opaque : 0;
      for (let c = 0; entry && c < 3; c++) p[i + c] = colours[3 * (entry - 1) + c];
    }
    g.putImageData(pixels, 0, 0);
  };
  canvas.repaint = job;
  painted.add(canvas);
  return job();
}

dark.addEventListener('change', () => {
  for (const c of painted) {
    if (c.isConnected) c.repaint();
    else painted.delete(c);
  }
});

/** A bar of colours with what its ends mean. */
function scale(signed, low, high, note) {
  const bar = el('canvas', { 'aria-hidden': 'true' });
  bar.repaint = () => {
    bar.width = 255;
    bar.height = 1;
    const g = bar.getContext('2d'), pixels = g.createImageData(255, 1), colours = palette(signed);
    for (let i = 0; i < 255; i++) for (let c = 0; c < 4; c++) pixels.data[4 * i + c] = c < 3 ? colours[3 * i + c] : 255;
    g.putImageData(pixels, 0, 0);
  };
  bar.repaint();
  painted.add(bar);
  return el('div', { class: 'scale' }, el('span', {}, low), bar, el('span', {}, high), note ? el('span', {}, note) : null);
}

/** The picture with a map over it. */
function stage(overlay, frame) {
  const base = el('canvas', { class: 'base' + (data.picture.width > 100 ? ' smooth' : '') });
  base.style.width = '100%';
  paint(base, data.picture.uri, null, null);
  const box = el('div', { class: 'stage', role: 'img', 'aria-label': overlay ? overlay.title + ' over the picture' : 'the picture' }, base);
  if (overlay) {
    const over = el('canvas', { class: 'over' + (overlay.smooth ? ' smooth' : '') });
    over.style.opacity = opacity / 100;
    paint(over, overlay.uri, null, false);
    box.append(over);
  }
  if (frame) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', `0 0 ${data.picture.width} ${data.picture.height}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    const clip = (v, most) => Math.max(0, Math.min(most, v));
    const top = clip(frame.rows[0], data.picture.height), bottom = clip(frame.rows[1] + 1, data.picture.height);
    const left = clip(frame.columns[0], data.picture.width), right = clip(frame.columns[1] + 1, data.picture.width);
    for (const [colour, width] of [['black', 5], ['white', 2.5]]) {
      const r = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [k, v] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top, fill: 'none', stroke: colour, 'stroke-width': width, 'vector-effect': 'non-scaling-stroke' })) r.setAttribute(k, v);
      svg.append(r);
    }
    box.append(svg);
  }
  return box;
}

let opacity = 60, chosen = data.overlays.length ? 0 : -1;
const views = data.overlays.slice();
if (data.field) {
  views.push({ id: 'field', title: 'Receptive field', about: `unit ${data.field.unit} sees ${data.field.size} pixels (${data.field.about}); in colours, how much each pixel changes it`,
    uri: data.field.gradient.uri, smooth: false, greatest: data.field.gradient.greatest, frame: data.field });
}
if (chosen < 0 && views.length) chosen = 0;

function attention() {
  const seat = el('div'), about = el('div'), buttons = el('div', { class: 'choices', role: 'group', 'aria-label': 'What lies over the picture' });
  const slider = el('input', { type: 'range', min: 0, max: 100, value: opacity, 'aria-label': 'opacity' });
  slider.addEventListener('input', () => {
    opacity = +slider.value;
    document.querySelectorAll('canvas.over').forEach(c => { c.style.opacity = opacity / 100; });
  });
  function show(i) {
    chosen = i;
    const v = i < 0 ? null : views[i];
    seat.replaceChildren(stage(v, v && v.frame));
    about.replaceChildren(...(v ? [el('p', { class: 'soft' }, v.about), scale(false, '0', number(v.greatest))] : []));
    [...buttons.children].forEach((b, k) => b.setAttribute('aria-pressed', k === i + 1));
  }
  buttons.append(el('button', { onclick: () => show(-1) }, 'Picture'), ...views.map((v, i) => el('button', { onclick: () => show(i), 'data-view': v.id }, v.title)));
  show(chosen);
  const guesses = data.guesses.concat(data.guesses.some(g => g.label === data.target.label) ? [] : [data.target]).map(g =>
    el('div', { class: 'guess' + (g.label === data.target.label ? ' target' : '') }, el('span', {}, g.class),
      (() => { const bar = el('i'); bar.style.width = 100 * g.probability + '%'; return bar; })(), el('b', {}, (100 * g.probability).toFixed(1) + ' %')));
  return el('section', { class: 'top', id: 'attention' }, seat, el('div', {},
    el('h2', {}, 'What the network sees'), guesses, data.skipped ? el('p', { class: 'soft' }, data.skipped + '.') : null,
    views.length ? [el('h3', {}, 'What speaks for ' + data.target.class), buttons, about, el('label', {}, 'Opacity', slider)] : []));
}

/** Pictures of a layer, to be enlarged by a click. */
function gallery(title, tiles, word, overPicture) {
  const smooth = false;
  const part = i => [i % tiles.columns * tiles.width, Math.floor(i / tiles.columns) * tiles.height, tiles.width, tiles.height];
  const kind = tiles.coloured ? null : tiles.signed;
  const grid = el('div', { class: 'tiles' }, tiles.names.map((name, i) => {
    const canvas = el('canvas', { class: smooth ? 'smooth' : '' });
    paint(canvas, tiles.uri, part(i), kind);
    return el('button', { class: 'tile', 'data-tile': i, 'aria-label': `${word} ${name}, enlarge`, onclick: () => enlarge(i) }, canvas, el('span', {}, `${word} ${name}`));
  }));
  function enlarge(i) {
    const canvas = el('canvas', { class: 'base' });
    canvas.style.width = '100%';
    paint(canvas, tiles.uri, part(i), kind);
    const box = el('div', { class: 'stage' }, canvas);
    if (overPicture) {
      const under = el('canvas', { class: 'over' + (data.picture.width > 100 ? ' smooth' : '') });
      under.style.opacity = 0;
      paint(under, data.picture.uri, null, null);
      box.append(under);
    }
    const blend = overPicture ? el('label', {}, 'Picture', el('input', { type: 'range', min: 0, max: 100, value: 0, 'aria-label': 'picture', oninput: e => { box.lastChild.style.opacity = e.target.value / 100; } })) : null;
    const step = by => enlarge((i + by + tiles.names.length) % tiles.names.length);
    large.replaceChildren(el('div', { class: 'bar' }, el('strong', {}, `${title}: ${word} ${tiles.names[i]}`),
      el('button', { onclick: () => step(-1), 'aria-label': 'previous' }, '\u2190'), el('button', { onclick: () => step(1), 'aria-label': 'next' }, '\u2192'),
      el('button', { onclick: () => large.close() }, 'Close')), box, el('p', { class: 'soft' }, tiles.scale), blend);
    large.onkeydown = e => {
      if (e.target.type === 'range') return;
      if (e.key === 'ArrowLeft') step(-1);
      if (e.key === 'ArrowRight') step(1);
    };
    if (!large.open) large.showModal();
  }
  return grid;
}

function bar(tiles) {
  if (tiles.coloured) return el('p', { class: 'soft' }, tiles.scale);
  return scale(tiles.signed, tiles.signed ? number(-tiles.most) : '0', number(tiles.most), null);
}

function layer(l) {
  const body = [el('h2', {}, l.path), el('p', { class: 'soft' }, `${l.kind}, ${l.size}; a unit sees ${l.sees} pixels`)];
  if (l.cam) {
    const view = { title: 'Grad-CAM of ' + l.path, uri: l.cam.uri, smooth: true };
    const seat = el('div', {}, stage(view));
    seat.style.maxWidth = '16rem';
    body.push(el('h3', {}, 'Grad-CAM of this layer, for ' + data.target.class), seat, scale(false, '0', number(l.cam.greatest), 'opacity as above'));
  }
  if (l.filters) {
    const all = l.filters.count === l.filters.names.length ? 'all ' + l.filters.count : `the ${l.filters.names.length} largest of ${l.filters.count}`;
    body.push(el('h3', {}, 'Filters'), el('p', { class: 'soft' }, `${all}, ${l.filters.size}${l.filters.size.endsWith(' 1') ? ' channel' : ' channels'}` + (l.filters.channels ? '; of each, row by row, ' + l.filters.channels : '')),
      bar(l.filters), gallery(l.path, l.filters, 'filter', false));
  }
  if (l.excited.length) {
    body.push(el('h3', {}, 'Inputs that excite its filters most'), el('p', { class: 'soft' }, 'Gradient ascent from grey noise, with blur, jitter and weight decay; the unit in the middle of the filter\u2019s map, for noise and for this input.'),
      el('div', { class: 'tiles wide' }, l.excited.map(e => {
        const canvas = el('canvas');
        paint(canvas, e.uri, null, null);
        return el('div', { class: 'tile' }, canvas, el('span', {}, `filter ${e.filter}: ${number(e.before)} \u2192 ${number(e.after)}`));
      })));
  }
  if (l.maps) {
    const all = l.maps.names.length === l.channels ? 'all ' + l.channels : `the ${l.maps.names.length} most active of ${l.channels}`;
    body.push(el('h3', {}, 'Maps'), el('p', { class: 'soft' }, all), bar(l.maps), gallery(l.path, l.maps, 'channel', true));
  }
  return body;
}

function network() {
  if (!data.layers.length) return null;
  const seat = el('div', { id: 'layer' });
  const list = el('ol', { class: 'layers', 'aria-label': 'Layers' }, data.layers.map((l, i) =>
    el('li', {}, el('button', { 'data-layer': l.path, onclick: () => show(i, true) }, l.path, el('small', {}, `${l.kind}, ${l.size}`)))));
  function show(i, asked) {
    seat.replaceChildren(...layer(data.layers[i]));
    [...list.querySelectorAll('button')].forEach((b, k) => b.setAttribute('aria-current', k === i));
    if (asked) history.replaceState(null, '', '#layer=' + encodeURIComponent(data.layers[i].path));
  }
  const wanted = decodeURIComponent(location.hash.replace(/^#layer=/, ''));
  show(Math.max(0, data.layers.findIndex(l => l.path === wanted)), false);
  return el('section', { class: 'network', id: 'network' }, list, seat);
}

main.replaceChildren(...[attention(), network()].filter(Boolean));
const layers = document.querySelector('.layers'), current = layers && layers.querySelector('[aria-current=true]');
if (current) layers.scrollTop = current.offsetTop - layers.offsetTop;
large.addEventListener('click', e => { if (e.target === large) large.close(); });
Promise.all([...pictures.values()]).then(() => { document.documentElement.dataset.ready = 'yes'; });
