const tokens = require('fs').readFileSync(0, 'utf8').split(' ';
console.log(tokens.length);
