// The page's requests to the server. A problem response becomes an error with its detail; a 503 is retried twice.

const PATIENCE_MS = 30_000;

async function answer(path, options, tries = 3) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw new Error("The server does not answer. Is mnistry serve still running?");
  }
  if (response.status === 503 && tries > 1) {
    await new Promise((done) => setTimeout(done, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return answer(path, options, tries - 1);
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    const error = new Error(said.detail ?? `The server answers ${response.status}.`);
    throw Object.assign(error, { status: response.status });
  }
  return response;
}

const asked = async (path, options) => (await answer(path, options)).json();

export const read = (picture) => asked("page/read", { method: "POST", body: picture });
export const look = (image) => asked("page/look", { method: "POST", body: image });
export const testSet = () => asked("page/test-set");
export const run = () => asked("page/run");
export const sprite = async () => createImageBitmap(await (await answer("page/test-set.png")).blob());

export const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// Runs one call at a time; of the calls made meanwhile, only the last one runs afterwards. `call` must not reject.
export function latest(call) {
  let busy = false;
  let waiting = null;
  return async function run(...given) {
    if (busy) {
      waiting = given;
      return;
    }
    busy = true;
    try {
      await call(...given);
    } finally {
      busy = false;
      if (waiting) {
        const next = waiting;
        waiting = null;
        void run(...next);
      }
    }
  };
}
