// The data of the page: base64, gzip, then a head in JSON and a column of bytes for each part of a record.

async function unpack(text) {
  const zipped = bytesOf(text.trim());
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  if (String.fromCharCode(...raw.subarray(0, 4)) !== "NDV2") throw new Error("these are not the data of a run");
  const length = new DataView(raw.buffer).getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(raw.subarray(8, 8 + length)));
  const columns = {};
  let at = 8 + length;
  for (const [name, size] of Object.entries(head.columns)) {
    columns[name] = raw.subarray(at, at + size);
    at += size;
  }
  return { head, columns };
}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// LEB128 numbers below 2^53.
function numbers(bytes, into) {
  let at = 0;
  for (let i = 0; i < into.length; i++) {
    let byte = bytes[at++], value = byte & 127, scale = 128;
    while (byte > 127) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    }
    into[i] = value;
  }
  return into;
}

// Zigzag-coded distances between neighbours.
function steps(bytes, into) {
  let at = 0, last = 0;
  for (let i = 0; i < into.length; i++) {
    let byte = bytes[at++], value = byte & 127, scale = 128;
    while (byte > 127) {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    }
    last += value % 2 ? -(value + 1) / 2 : value / 2;
    into[i] = last;
  }
  return into;
}
