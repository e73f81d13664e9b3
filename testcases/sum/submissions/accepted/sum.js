const tokens = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/);
let sum = 0;
for (let i = 1; i < tokens.length; i++) {
  sum += Number(tokens[i]); // at most 1e14, so a double holds it exactly
}
console.log(String(sum));
