const block = '0\n'.repeat(32768);
for (let i = 0; i < 1024; i++) require('fs').writeSync(1, block);
