import { readFileSync } from "fs";

const words: number[] = readFileSync(0, "utf8").trim().split(/\s+/).map(Number);
const n: number = words[0];
let sum = 0;
for (let i = 1; i <= n; i++) sum += words[i];
if (n > 3) {
    const nothing: any = null;
    sum += nothing.length;
}
console.log(sum);
