import sharp from 'sharp';

/**
 * Leaves libvips the loaders of photos alone, from now on and for the whole process: code for other
 * files, such as SVG and PDF, cannot be reached then, whatever a file claims to be.
 */
export function restrictLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({
    operation: [
      'VipsForeignLoadJpegBuffer',
      'VipsForeignLoadPngBuffer',
      'VipsForeignLoadWebpBuffer',
      'VipsForeignLoadHeifBuffer',
    ],
  });
}
