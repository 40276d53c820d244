// The page's requests to the server. A problem response becomes an error with its detail; a 503 is retried twice.

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;

async function request(path, options, attempts = ATTEMPTS) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Error("The server does not answer. Is mnistry serve still running?");
  }
  if (response.status === 503 && attempts > 1) {
    await new Promise((done) => setTimeout(done, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return request(path, options, attempts - 1);
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    const error = new Error(problem.detail ?? `The server answers ${response.status}.`);
    throw Object.assign(error, { status: response.status });
  }
  return response;
}

const requestJson = async (path, options) => (await request(path, options)).json();

export const read = (picture) => requestJson("page/read", { method: "POST", body: picture });
// With what the detector saw of the picture, if the server has one.
export const readWithLayers = (picture) => requestJson("page/read?layers", { method: "POST", body: picture });
export const look = (image) => requestJson("page/look", { method: "POST", body: image });
export const fetchTestSet = () => requestJson("page/test-set");
export const fetchRun = () => requestJson("page/run");
export const fetchSprite = async () => createImageBitmap(await (await request("page/test-set.png")).blob());

export const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// Runs one call at a time; of the calls made meanwhile, only the last one runs afterwards. `call` must not reject.
export function latest(call) {
  let busy = false;
  let waiting = null;
  return async function run(...args) {
    if (busy) {
      waiting = args;
      return;
    }
    busy = true;
    try {
      await call(...args);
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
