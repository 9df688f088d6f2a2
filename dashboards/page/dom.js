// A small tree of plain objects, patched into the document: focus, open folds and the scroll position survive a refresh.
// Data only ever becomes text nodes and attributes; nothing here parses HTML.

/** `props.key` names a child among its siblings; `open` is set at creation alone, afterwards it is the reader's. */
export const h = (tag, props, ...kids) => ({ tag, props: props ?? {}, kids: kids.flat(2).filter((kid) => kid !== null && kid !== undefined && kid !== false && kid !== '') });

export function render(parent, ...kids) {
  patchChildren(parent, kids.flat(2).filter((kid) => kid !== null && kid !== undefined && kid !== false && kid !== ''));
}

function patchChildren(parent, kids) {
  const keyed = new Map();
  for (const child of parent.childNodes) if (child.lianqinKey !== undefined) keyed.set(child.lianqinKey, child);
  let place = parent.firstChild;
  for (const kid of kids) {
    const key = kid.props?.key;
    let node = key === undefined ? place : keyed.get(key);
    if (node === undefined || node === null || !fits(node, kid)) node = create(kid);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    update(node, kid);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

const fits = (node, kid) => (typeof kid === 'object'
  ? node.nodeType === 1 && node.localName === kid.tag && node.lianqinKey === kid.props.key
  : node.nodeType === 3);

function create(kid) {
  if (typeof kid !== 'object') return document.createTextNode(String(kid));
  const node = document.createElement(kid.tag);
  node.lianqinKey = kid.props.key;
  if (kid.props.open === true) node.open = true;
  return node;
}

function update(node, kid) {
  if (typeof kid !== 'object') {
    const text = String(kid);
    if (node.data !== text) node.data = text;
    return;
  }
  const wanted = new Map();
  for (const [name, value] of Object.entries(kid.props)) {
    if (name === 'key' || name === 'open') continue;
    if (name === 'onclick') node.onclick = value;
    else if (value !== null && value !== undefined && value !== false) wanted.set(name, value === true ? '' : String(value));
  }
  for (const { name } of [...node.attributes]) if (!wanted.has(name) && name !== 'open') node.removeAttribute(name);
  for (const [name, value] of wanted) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
  patchChildren(node, kid.kids);
}
