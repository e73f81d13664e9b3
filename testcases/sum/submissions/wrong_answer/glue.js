// Forgets to turn the entries into numbers, so that + joins strings.
const tokens = require('fs').readFileSync(0, 'utf8').trim().split(/\s+/);
let sum = '';
for (let i = 1; i < tokens.length; i++) sum += tokens[i];
console.log(sum);
