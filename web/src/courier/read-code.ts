/** Reads bar codes and QR codes from a camera's picture: the browser's own reader where it has one, jsQR (QR codes alone) elsewhere. */

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}

declare global {
  // Not in TypeScript's DOM library yet: https://wicg.github.io/shape-detection-api/
  var BarcodeDetector: (new (options: { formats: string[] }) => Detector) & { getSupportedFormats(): Promise<string[]> } | undefined;
}

const wanted = ["code_128", "code_39", "ean_13", "itf", "qr_code", "data_matrix"];

/** Gives what it reads in the picture, or undefined. */
export type Reader = (video: HTMLVideoElement) => Promise<string | undefined>;

export async function makeReader(): Promise<Reader> {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  const usable = wanted.filter((format) => formats.includes(format));
  if (globalThis.BarcodeDetector && usable.length > 0) {
    const detector = new globalThis.BarcodeDetector({ formats: usable });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { default: jsQR } = await import("jsqr");
  const canvas = document.createElement("canvas");
  const pencil = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!pencil || video.videoWidth === 0) return undefined;
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    pencil.drawImage(video, 0, 0);
    const { data, width, height } = pencil.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height)?.data || undefined;
  };
}
