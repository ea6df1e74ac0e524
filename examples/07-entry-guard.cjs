// The entry guard in CommonJS: Node's own idiom is enough.

const { Pool } = require('manycore');

function square(x) {
  return x * x;
}

module.exports = { square };

async function main() {
  const pool = new Pool(2);
  try {
    console.log(await pool.map(square, [1, 2, 3]));
  } finally {
    await pool.terminate();
  }
}

if (require.main === module) void main();
