// The greedy choice in an unusual order: the even stones first.
const n = Number(require('fs').readFileSync(0, 'utf8'));
let left = (n * (n + 1)) / 4;
if (!Number.isInteger(left)) {
  console.log('no');
} else {
  const basket = [];
  for (let stone = n; stone > 0; stone--) {
    if (stone <= left) {
      basket.push(stone);
      left -= stone;
    }
  }
  basket.sort((a, b) => (a % 2) - (b % 2) || a - b);
  console.log(['yes', basket.length, basket.join(' ')].join('\n'));
}
