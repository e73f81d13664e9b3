// Lists the second basket as well, which nobody asked for.
const n = Number(require('fs').readFileSync(0, 'utf8'));
let left = (n * (n + 1)) / 4;
if (!Number.isInteger(left)) {
  console.log('no');
} else {
  const baskets = [[], []];
  for (let stone = n; stone > 0; stone--) {
    const first = stone <= left;
    if (first) left -= stone;
    baskets[first ? 0 : 1].push(stone);
  }
  console.log(['yes', ...baskets.flatMap((b) => [b.length, b.join(' ')])].join('\n'));
}
