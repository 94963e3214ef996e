(() => {
  'use strict';
  const D = JSON.parse(document.getElementById('data').textContent), main = document.querySelector('main');
  const add = (to, tag, text = '', name = '') => {
    const e = document.createElement(tag);
    e.textContent = text;
    if (name) e.className = name;
    return to.appendChild(e);
  };
  for (const note of D.notes) add(main, 'p', note);
  const table = add(add(main, 'div', '', 'scroll'), 'table'), head = add(add(table, 'thead'), 'tr'), body = add(table, 'tbody');
  add(head, 'th');
  for (const run of D.runs) add(head, 'th', run);
  for (const row of D.rows) {
    const line = add(body, 'tr', '', row.name.startsWith('--') ? 'option' : '');
    add(line, 'th', row.name);
    row.values.forEach((value, i) => add(line, 'td', value, row.best[i] ? 'best' : ''));
  }
  if (D.rows.some(r => r.best.includes(true))) add(main, 'p', 'An asterisk marks the best.');
  if (D.light) {
    const picture = add(main, 'picture'), dark = add(picture, 'source'), light = add(picture, 'img');
    dark.media = '(prefers-color-scheme: dark)';
    dark.srcset = D.dark;
    light.src = D.light;
    light.alt = 'Loss and accuracy by epoch, in training and in validation, of ' + D.runs.join(', ');
  }
  document.documentElement.dataset.ready = 'yes';
})();
