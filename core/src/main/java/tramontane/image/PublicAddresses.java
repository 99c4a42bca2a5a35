package tramontane.image;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * Tells addresses of the public internet from those of the machine and its networks. The lists are
 * IANA's registries of special-purpose addresses.
 */
final class PublicAddresses {
    /** First address and prefix length of what is not public, of IPv4. */
    private static final int[][] SPECIAL = {
        {0, 8}, // this network
        {10 << 24, 8}, // private
        {100 << 24 | 64 << 16, 10}, // carriers' translation
        {127 << 24, 8}, // this machine
        {169 << 24 | 254 << 16, 16}, // this link, and the metadata of clouds
        {172 << 24 | 16 << 16, 12}, // private
        {192 << 24, 24}, // protocol assignments
        {192 << 24 | 2 << 8, 24}, // documentation
        {192 << 24 | 88 << 16 | 99 << 8, 24}, // 6to4 relays
        {192 << 24 | 168 << 16, 16}, // private
        {198 << 24 | 18 << 16, 15}, // benchmarks
        {198 << 24 | 51 << 16 | 100 << 8, 24}, // documentation
        {203 << 24 | 113 << 8, 24}, // documentation
        {224 << 24, 3}, // multicast, reserved, broadcast
    };

    private PublicAddresses() {}

    static boolean contain(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address ? isPublic4(bytes) : isPublic6(bytes);
    }

    private static boolean isPublic4(byte[] bytes) {
        int address =
                bytes[0] << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
        for (int[] special : SPECIAL) {
            int mask = -1 << 32 - special[1];
            if ((address & mask) == special[0]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Only 2000::/3 is assigned. Of it, 2001::/23 has protocol assignments such as Teredo,
     * 2001:db8::/32 and 3fff::/20 are documentation, and 2002::/16 contains IPv4 addresses.
     */
    private static boolean isPublic6(byte[] bytes) {
        int first = (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        int second = (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
        boolean assigned = first >> 13 == 1;
        boolean protocol = first == 0x2001 && (second < 0x200 || second == 0xdb8);
        boolean documentation = first == 0x3fff && second < 0x1000;
        return assigned && !protocol && !documentation && first != 0x2002;
    }
}
