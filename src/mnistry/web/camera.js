// Takes a picture with the camera, in a dialog.

const $ = (id) => document.getElementById(id);
const WIDTH = 1280; // px asked of the camera

export function addCamera({ open, notice }) {
  $("camera").addEventListener("click", async () => {
    if (!navigator.mediaDevices?.getUserMedia) return openCameraApp();
    $("camera").disabled = true;
    try {
      await startVideo();
    } catch (error) {
      stopVideo();
      notice.showError(new Error(`The camera cannot be used (${error.name}).`));
    } finally {
      $("camera").disabled = false;
    }
  });
  $("shoot").addEventListener("click", () => {
    if (!$("video").videoWidth) return; // no frame yet
    takePicture().then(open);
    $("viewfinder").close();
  });
  $("close-camera").addEventListener("click", () => $("viewfinder").close());
  $("viewfinder").addEventListener("close", stopVideo);
}

// A phone's own: over plain HTTP from another computer, the browser gives a page no camera.
function openCameraApp() {
  $("file").setAttribute("capture", "environment");
  $("file").click();
  $("file").removeAttribute("capture");
}

async function startVideo() {
  $("video").srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: WIDTH } });
  $("viewfinder").showModal();
  await $("video").play();
}

function stopVideo() {
  for (const track of $("video").srcObject?.getTracks() ?? []) track.stop();
  $("video").srcObject = null;
}

function takePicture() {
  const canvas = new OffscreenCanvas($("video").videoWidth, $("video").videoHeight);
  canvas.getContext("2d").drawImage($("video"), 0, 0);
  return canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}
