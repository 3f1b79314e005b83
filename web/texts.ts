import type { Backend, DeviceNotice } from './device/protocol.ts';
import type { FailureCode } from './failure.ts';
import type { DownloadProgress } from './models/progress.ts';

/** Every word that the page shows or speaks. */

/** Put into index.html at build time, where it says {{name}}. */
export const PAGE_TEXTS = {
  productName: 'deep-makeover',
  pageTitle: 'deep-makeover: make over the faces in a photo',
  pageSummary: 'Makes over every face in a photo and leaves the rest as it was.',
  headline: 'Make over the faces in a photo',
  lede: 'A small neural network changes every face it finds. Everything around them, and the size of your photo, stays as it was.',
  withoutScript: 'This page needs JavaScript. Switch it on and load the page again.',
  modelLegend: 'Choose a makeover',
  choosePhotos: 'Choose photos',
  takePhoto: 'Take a photo',
  otherWays: 'or drop them anywhere on this page, or paste one',
  dropHere: 'Drop photos to make them over',
  samplesTitle: 'No photo at hand? Try one of these.',
  samplesCredit: 'Composite of many faces from FairFace, CC BY 4.0, nobody real.',
  sampleOne: 'Sample 1: composite of East Asian women',
  sampleTwo: 'Sample 2: composite of Black men',
  sampleThree: 'Sample 3: composite of Indian women',
  sampleFour: 'Sample 4: composite of white men',
  privacyTitle: 'Not kept',
  privacyText:
    'On your device, your photo never leaves it. On the server, it is worked on in memory and not kept.',
  placeLegend: 'Where it is made over',
  placeAuto: 'Automatic',
  placeDevice: 'This device',
  placeServer: 'Server',
  placeHint: 'Automatic uses this device where it can, else the server.',
  sizeTitle: 'Full size',
  sizeText: 'You get your own photo back at its own size. Only the faces change.',
  markTitle: 'Marked',
  markText: 'Each result says inside the file that it was edited with AI.',
  workspaceTitle: 'Your photo',
  stripLabel: 'Your photos',
  addPhotos: 'Add photos',
  beforeTag: 'Before',
  afterTag: 'After',
  beforeAlt: 'The photo before the makeover',
  afterAlt: 'The photo after the makeover',
  compareLabel: 'Divider between before and after',
  facesLabel: 'Faces in this photo',
  facesHint: 'Tap a face in the photo to leave it out or take it in again.',
  surfaceLabel: 'Enlarged photo. The arrow keys move it.',
  toolsLabel: 'View and changes',
  undo: 'Undo',
  outlines: 'Outlines',
  zoomLabel: 'Zoom',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomFit: 'Show the whole photo',
  strengthLabel: 'Strength',
  strengthHint: '0 % is your photo as it was.',
  download: 'Download',
  downloadAll: 'Download all as ZIP',
  remove: 'Remove photo',
  startOver: 'Start over',
  retry: 'Try again',
  consent: 'Make over only photos of people who agree to it.',
  licence: 'MIT licence',
} as const;

export interface Message {
  readonly title: string;
  readonly advice: string;
}

/** What the advice may name. Undefined while the service has not told its limits. */
export interface KnownLimits {
  readonly maxUploadBytes: number;
  readonly maxPixels: number;
  readonly maxFaces: number;
  readonly inputTypes: readonly string[];
}

export const STATUS_TEXTS = {
  working: 'Making over the faces…',
  noFaceChosen: 'No face is chosen',
  undone: (strength: number) => `Undone. Strength ${percentText(strength)}.`,
  preparing: 'Preparing the download…',
  preparingAll: (at: number, count: number) => `Preparing photo ${at} of ${count}…`,
  ready: (done: number, count: number) => `${done} of ${count} photos ready`,
  downloaded: (name: string) => `Saved as ${name}`,
  done: (faces: number) => (faces === 1 ? '1 face made over' : `${faces} faces made over`),
  details: (modelVersion: string) => `Model ${modelVersion}`,
  downloading: (progress: DownloadProgress) =>
    `Getting this device ready: ${megabytesText(progress.loadedBytes)} of ${megabytesText(progress.totalBytes)}${
      progress.transferBytes ? `, ${megabytesText(progress.transferBytes)} to download` : ''
    }`,
};

const PHASE_TEXTS = {
  waiting: 'waiting',
  working: 'being made over',
  done: 'made over',
  failed: 'did not work',
} as const;

/** Spoken for a small picture in the strip, e.g. "beach.jpg, made over". */
export function photoLabel(name: string, phase: keyof typeof PHASE_TEXTS): string {
  return `${name}, ${PHASE_TEXTS[phase]}`;
}

/** Spoken for the outline of a face, which is a button that is pressed while the face is in. */
export function faceLabel(id: number, count: number): string {
  return count === 1 ? 'Make this face over' : `Make over face ${id} of ${count}`;
}

/** Where a photo was made over and by what, e.g. "On this device (WebAssembly, 2 threads)". */
export function placeText(backend: Backend | undefined): string {
  if (!backend) return 'On the server';
  if (backend.provider === 'webgpu') return 'On this device (WebGPU)';
  const threads = backend.threads === 1 ? '1 thread' : `${backend.threads} threads`;
  return `On this device (WebAssembly, ${threads})`;
}

/** What differs in the result from what one would expect. */
export function noticeText(notice: DeviceNotice): string {
  return notice.kind === 'reduced'
    ? `Made smaller for this device: ${notice.width} x ${notice.height} pixels. The server keeps the full size.`
    : `The file becomes ${typesText([notice.mediaType])}: this browser cannot write the photo's own format.`;
}

/** Spoken by screen readers when the divider moves; the value is in percent of the width. */
export function compareValueText(percent: number): string {
  return `${percent} % before, ${100 - percent} % after`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** For example "JPEG, PNG or WebP, up to 15 MB". */
export function limitsText(limits: KnownLimits): string {
  return `${typesText(limits.inputTypes)}, up to ${megabytesText(limits.maxUploadBytes)}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = { webp: 'WebP' };

function typesText(mediaTypes: readonly string[]): string {
  const names = mediaTypes.map((type) => {
    const subtype = type.replace('image/', '');
    return TYPE_NAMES[subtype] ?? subtype.toUpperCase();
  });
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names);
}

/** Binary megabytes, as the service counts them and file managers mostly show. */
function megabytesText(bytes: number): string {
  return `${(bytes / 2 ** 20).toLocaleString('en-GB', { maximumFractionDigits: 1 })} MB`;
}

type Describe = (limits: KnownLimits | undefined) => Message;

const notReady: Describe = () => ({
  title: 'This makeover is not ready',
  advice: 'Try again in a moment.',
});

const damaged: Describe = () => ({
  title: 'This photo is damaged or incomplete',
  advice: 'Open it in another program and save it again, or choose another photo.',
});

const FAILURES: Readonly<Partial<Record<FailureCode, Describe>>> = {
  OFFLINE: () => ({
    title: 'The service cannot be reached',
    advice: 'Check that you are connected and that the service is running, then try again.',
  }),
  MEMORY_SHORT: () => ({
    title: 'This photo is too large for this device',
    advice: 'Choose the server instead, or a smaller photo.',
  }),
  DEVICE_FAILED: () => ({
    title: 'This device cannot make photos over',
    advice: 'Choose the server instead, or try again.',
  }),
  SAMPLE_MISSING: () => ({
    title: 'The sample did not load',
    advice: 'Check your connection, then choose it again, or choose a photo of your own.',
  }),
  FACE_NOT_FOUND: () => ({
    title: 'One of the chosen faces was not found again',
    advice: 'Take all faces in, or choose where the photo is made over anew.',
  }),
  RATE_LIMITED: () => ({
    title: 'You have made many photos over in a short time',
    advice: 'Wait a minute, then try again, or choose this device instead of the server.',
  }),
  NO_FACE_FOUND: () => ({
    title: 'No face was found in this photo',
    advice: 'Choose a photo that shows a face from the front, well lit and not too small.',
  }),
  TYPE_NOT_ALLOWED: (limits) => ({
    title: 'This kind of file cannot be used',
    advice: `Choose a photo in one of these formats: ${typesText(limits?.inputTypes ?? ['image/jpeg'])}. Save other photos, such as HEIC ones, as JPEG first.`,
  }),
  FILE_TOO_LARGE: (limits) => ({
    title: 'This file is too large',
    advice: `${limits ? `A photo may have up to ${megabytesText(limits.maxUploadBytes)}. ` : ''}Save it smaller, then try again.`,
  }),
  PIXELS_TOO_MANY: (limits) => ({
    title: 'This photo has too many pixels',
    advice: `${limits ? `A photo may have up to ${Math.floor(limits.maxPixels / 1e6)} megapixels. ` : ''}Save it smaller, then try again.`,
  }),
  IMAGE_CORRUPT: damaged,
  NO_IMAGE: damaged,
  UPLOAD_TOO_SLOW: () => ({
    title: 'The upload took too long',
    advice: 'Try again with a faster connection or a smaller photo.',
  }),
  DEADLINE_EXCEEDED: () => ({
    title: 'The makeover took too long',
    advice: 'Try again, or choose a smaller photo.',
  }),
  QUEUE_FULL: () => ({
    title: 'The service is busy',
    advice: 'Too many photos are waiting right now. Try again in a few seconds.',
  }),
  DRAINING: () => ({
    title: 'The service is restarting',
    advice: 'Wait a moment, then try again.',
  }),
  NO_MODEL: notReady,
  MODEL_NOT_FOUND: notReady,
  MODEL_NOT_READY: notReady,
};

/** What went wrong and what to do about it, in the visitor's words. */
export function failureMessage(code: FailureCode, detail: string, limits?: KnownLimits): Message {
  return (
    FAILURES[code]?.(limits) ?? {
      title: 'That did not work',
      advice: `Try again. The service says: ${detail}`,
    }
  );
}
