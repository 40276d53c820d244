// Packs files into one ZIP archive, uncompressed. Source: APPNOTE.TXT, PKWARE's specification of the format.

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc32(data) {
  let crc = 0xffffffff;
  for (const byte of data) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function record(signature, fields) {
  const view = new DataView(new ArrayBuffer(4 + fields.reduce((sum, [size]) => sum + size, 0)));
  view.setUint32(0, signature, true);
  let offset = 4;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += size;
  }
  return new Uint8Array(view.buffer);
}

// `files` is a list of [name, Uint8Array].
export function zip(files) {
  const parts = [];
  const index = [];
  let offset = 0;
  for (const [name, data] of files) {
    const encoded = new TextEncoder().encode(name);
    const header = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21]]; // version, UTF-8 names, stored, 1980-01-01
    const sizes = [[4, crc32(data)], [4, data.length], [4, data.length], [2, encoded.length]];
    const local = record(0x04034b50, [...header, ...sizes, [2, 0]]);
    index.push(record(0x02014b50, [[2, 20], ...header, ...sizes, [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), encoded);
    parts.push(local, encoded, data);
    offset += local.length + encoded.length + data.length;
  }
  const length = index.reduce((sum, part) => sum + part.length, 0);
  const end = record(0x06054b50, [[2, 0], [2, 0], [2, files.length], [2, files.length], [4, length], [4, offset], [2, 0]]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}
