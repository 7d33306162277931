// Counts words, as words.py does.
const [least, status = '0'] = scriptArgs.filter((argument) => /^\d+$/.test(argument));
const counts = new Map();
for (const word of std.loadFile(std.getenv('TALKA_DATASET')).trim().split(/\s+/)) {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
const check = ([value, error]) => {
  if (error) throw new Error(std.strerror(error));
  return value;
};
const write = (path, text) => {
  const file = std.open(path, 'w');
  if (!file) throw new Error(`cannot write ${path}`);
  file.puts(text);
  file.close();
};
const words = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
write('/tmp/counts', words.filter(([, count]) => count >= Number(least)).map(([word, count]) => `${word} ${count}\n`).join(''));
if (os.mkdir('/out/counts') !== 0) throw new Error('mkdir');
write('/out/counts/words.txt', std.loadFile('/tmp/counts'));
if (os.utimes('/out/counts/words.txt', 1000, 1000) !== 0) throw new Error('utimes');
const mean = words.reduce((sum, [, count]) => sum + count, 0) / words.length;
const squares = words.reduce((sum, [, count]) => sum + count * count, 0);
const deviation = Math.sqrt(squares / words.length - mean * mean);
print(`mean ${mean.toFixed(6)} deviation ${deviation.toFixed(6)}`);

write('notes.txt', 'a relative path');
print(std.loadFile('notes.txt'));
for (const name of check(os.readdir('/out/counts'))) {
  if (!name.startsWith('.')) print(name);
}
std.err.puts(`${words.length} words\n`);
std.exit(Number(status));
