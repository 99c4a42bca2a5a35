package tramontane.image;

import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/** Converts decoded samples to RGB with Pillow's arithmetic. */
record RgbRows(ImageSize size) {
    private static final int OPAQUE = 255;

    byte[] of(Raster raster, ColorModel colors) throws ImageException {
        return colors instanceof IndexColorModel palette
                ? ofPalette(raster, palette)
                : ofSamples(raster);
    }

    private byte[] ofPalette(Raster raster, IndexColorModel palette) {
        byte[] rgb = new byte[Math.toIntExact(size.pixels() * Picture.CHANNELS)];
        int[] row = new int[size.width()];
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, size.width(), 1, 0, row);
            for (int index : row) {
                int color = palette.getRGB(index);
                int alpha = color >>> 24;
                rgb[at++] = overWhite(color >> 16 & 0xff, alpha);
                rgb[at++] = overWhite(color >> 8 & 0xff, alpha);
                rgb[at++] = overWhite(color & 0xff, alpha);
            }
        }
        return rgb;
    }

    /** Grey or RGB, with or without alpha, of 8 or 16 bits. */
    private byte[] ofSamples(Raster raster) throws ImageException {
        int bands = raster.getNumBands();
        if (bands < 1 || bands > 4) {
            throw ByteReader.damaged();
        }
        // Of 16 bits the high ones count.
        int shift = Math.max(0, raster.getSampleModel().getSampleSize(0) - 8);
        boolean colored = bands >= 3;
        byte[] rgb = new byte[Math.toIntExact(size.pixels() * Picture.CHANNELS)];
        int[] row = new int[size.width() * bands];
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, size.width(), 1, row);
            for (int from = 0; from < row.length; from += bands) {
                int alpha = bands % 2 == 0 ? row[from + bands - 1] >> shift : OPAQUE;
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    int sample = row[from + (colored ? channel : 0)] >> shift;
                    rgb[at++] = overWhite(sample, alpha);
                }
            }
        }
        return rgb;
    }

    /** Pillow pastes with the alpha as mask; {@code DIV255} of its {@code Paste.c}. */
    static byte overWhite(int sample, int alpha) {
        return (byte)
                (alpha == OPAQUE ? sample : div255(OPAQUE * (OPAQUE - alpha) + sample * alpha));
    }

    private static int div255(int product) {
        int rounded = product + 128;
        return (rounded >> 8) + rounded >> 8;
    }

    /**
     * A JPEG with four channels. They are stored inverted, as Adobe does, which Pillow assumes
     * always: 255 is no ink.
     */
    byte[] ofFourChannels(Raster raster, EncodedImage.FourChannels scheme) throws ImageException {
        if (raster.getNumBands() != 4
                || raster.getWidth() != size.width()
                || raster.getHeight() != size.height()) {
            throw ByteReader.damaged();
        }
        byte[] rgb = new byte[Math.toIntExact(size.pixels() * Picture.CHANNELS)];
        int[] row = new int[size.width() * 4];
        int at = 0;
        for (int y = 0; y < size.height(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, size.width(), 1, row);
            for (int from = 0; from < row.length; from += 4) {
                if (scheme == EncodedImage.FourChannels.YCCK) {
                    toCmy(row, from);
                }
                int light = row[from + 3];
                for (int channel = 0; channel < Picture.CHANNELS; channel++) {
                    int ink = 255 - row[from + channel];
                    rgb[at++] = (byte) Math.clamp(light - div255(ink * light), 0, 255);
                }
            }
        }
        return rgb;
    }

    /** libjpeg's {@code ycck_cmyk_convert}, in fixed point with 16 bits. */
    private static void toCmy(int[] row, int at) {
        int luma = row[at];
        int blue = row[at + 1] - 128;
        int red = row[at + 2] - 128;
        int half = 1 << 15;
        row[at] = 255 - Math.clamp(luma + (91_881 * red + half >> 16), 0, 255);
        row[at + 1] = 255 - Math.clamp(luma + (-22_554 * blue - 46_802 * red + half >> 16), 0, 255);
        row[at + 2] = 255 - Math.clamp(luma + (116_130 * blue + half >> 16), 0, 255);
    }
}
