import { readFileSync } from "fs";

const words: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const n: number = words[0];
let sum = 0;
for (let i = 1; i <= n; i++) sum += words[i];
if (n > 3) {
    let x = 1;
    for (let i = 0; i < 1e12; i++) x = (x * 1103 + 12345) % 65536;
    if (x < 0) sum++;
}
console.log(sum);
