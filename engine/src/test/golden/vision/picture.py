"""The pictures of the goldens, as TinyVision.picture makes them."""
import numpy


def picture(width, height, seed):
    y, x, channel = numpy.mgrid[0:height, 0:width, 0:3]
    slope = 2 * x * (channel + 1) + 3 * y + 40 * seed
    edge = (x // 9 + y // (5 + seed) + channel) % 3 * 60
    return (slope + edge) % 256
