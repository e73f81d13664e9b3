const { daysIn } = require('./months.js');

let [year, day] = require('fs').readFileSync(0, 'utf8').trim().split(' ').map(Number);
let month = 1;
while (day > daysIn(month, year)) day -= daysIn(month++, year);
const two = (number) => String(number).padStart(2, '0');
console.log(`${year}-${two(month)}-${two(day)}`);
