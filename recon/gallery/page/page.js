import { Stages } from './stages.js';

const gallery = JSON.parse(document.getElementById('gallery').textContent);
const main = document.getElementById('objects');

function element(tag, properties = {}, children = []) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function embedded(kind, index) {
  return document.getElementById(`${kind}-${index}`)?.textContent ?? '';
}

let stages = null;
try {
  stages = new Stages((index) => embedded('mesh', index));
} catch (error) {
  const problem = document.getElementById('problem');
  problem.textContent = `The models need WebGL, which this browser does not offer (${error.message}). Photos and figures are shown alone.`;
  problem.hidden = false;
}

function facts(object) {
  const agreement = object.agreement === null ? 'not known' : object.agreement.toFixed(2);
  const rows = [
    ['Prior', object.prior],
    ['Agreement', object.agreement_is_low ? `${agreement}, low` : agreement],
    ['Camera', object.camera],
    ['Seconds', object.seconds.toFixed(1)],
    ['Triangles', object.triangles.toLocaleString('en')],
    ...object.notes.map((note) => ['Note', note]),
  ];
  const list = element('dl');
  for (const [term, value] of rows) {
    const low = term === 'Agreement' && object.agreement_is_low;
    list.append(element('dt', { textContent: term }), element('dd', { textContent: value, className: low ? 'low' : '' }));
  }
  const link = element('a', { href: object.link, textContent: object.file });
  list.append(element('dt', { textContent: 'Mesh' }), element('dd', {}, [link]));
  return list;
}

function card(object, index) {
  const photo = element('img', { alt: `Photo of ${object.name}`, loading: 'lazy', decoding: 'async' });
  photo.src = `data:image/jpeg;base64,${embedded('photo', index)}`;
  const pictures = element('div', { className: 'pictures' }, [photo]);
  const size = element('button', { type: 'button', textContent: 'Enlarge' });
  size.setAttribute('aria-label', `Enlarge ${object.name}`);
  size.setAttribute('aria-pressed', 'false');
  const head = element('div', { className: 'head' }, [element('h2', { textContent: object.name }), size]);
  const article = element('article', {}, [head, pictures, facts(object)]);
  if (stages) {
    const canvas = element('canvas', { tabIndex: 0 });
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-label', `3D model of ${object.name}; arrow keys turn it, plus and minus zoom, Home resets`);
    pictures.append(canvas);
    stages.add(canvas, index);
  }
  size.addEventListener('click', () => {
    const large = article.classList.toggle('large');
    size.setAttribute('aria-pressed', String(large));
    size.textContent = large ? 'Reduce' : 'Enlarge';
    article.scrollIntoView({ block: 'nearest' });
  });
  return article;
}

const cards = gallery.objects.map((object, index) => ({ object, article: card(object, index) }));

const byName = (a, b) => a.object.name.localeCompare(b.object.name, undefined, { numeric: true });
const orders = {
  name: byName,
  agreement: (a, b) => (a.object.agreement ?? 2) - (b.object.agreement ?? 2) || byName(a, b),
  prior: (a, b) => a.object.prior.localeCompare(b.object.prior) || byName(a, b),
  seconds: (a, b) => b.object.seconds - a.object.seconds || byName(a, b),
};

function arrange() {
  const wanted = document.getElementById('find').value.trim().toLowerCase();
  cards.sort(orders[document.getElementById('order').value]);
  for (const { object, article } of cards) {
    article.hidden = !`${object.name} ${object.prior}`.toLowerCase().includes(wanted);
  }
  main.replaceChildren(...cards.map(({ article }) => article));
}

document.title = gallery.title;
document.querySelector('h1').textContent = gallery.title;
document.getElementById('summary').textContent = gallery.summary;
document.getElementById('tools').addEventListener('submit', (event) => event.preventDefault());
document.getElementById('find').addEventListener('input', arrange);
document.getElementById('order').addEventListener('change', arrange);
arrange();

if (gallery.failures.length > 0) {
  const section = document.getElementById('failures');
  section.hidden = false;
  section.querySelector('ul').append(
    ...gallery.failures.map(({ name, message }) => element('li', { textContent: `${name}: ${message}` })),
  );
}
