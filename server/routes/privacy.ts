import type { PrivacyView } from '../../models/contract/api/service.ts';
import { AI_EDIT_SOURCE_TYPE } from '../../models/contract/metadata.ts';

/**
 * What becomes of photos, for `GET /v1/info`.
 *
 * @param resultCacheBytes memory for results of which a client may ask again; 0: none
 * @param keepsBatchesS time in seconds that a batch's files stay on the disk after its end; 0 where
 *   no batches are taken
 */
export function describePrivacy(resultCacheBytes: number, keepsBatchesS: number): PrivacyView {
  const afterwards =
    resultCacheBytes === 0
      ? 'Both are forgotten when the answer has been sent.'
      : 'The photo is forgotten when the answer has been sent. The result stays in memory, for the ' +
        'same client only, until newer results need its place or the service ends.';
  const batches =
    keepsBatchesS === 0
      ? ''
      : 'Photos that are sent as a batch lie on the disk of the service until they are made over, ' +
        `failed ones and results until ${keepsBatchesS} seconds after the end of the batch or until ` +
        'it is deleted; only who began it can read them. ';
  return {
    statement:
      'A single photo and its result are held in memory only and never written to a disk or passed on. ' +
      `${afterwards} ${batches}Results hold no place, time, camera or other private data of the photo's ` +
      'file, and are marked as edited by AI. The log holds no pixels, file names, addresses or keys.',
    writesPhotosToDisk: false,
    resultCacheBytes,
    keepsBatchesS,
    removesMetadata: true,
    aiEditMark: { property: 'Iptc4xmpExt:DigitalSourceType', value: AI_EDIT_SOURCE_TYPE },
  };
}
