/** A public address; the spy leads it to a homeserver on loopback. */
export const PUBLIC = "93.184.216.34";

/** Server names that lead to an internal address by themselves (T10). */
export const INTERNAL_LITERALS: readonly string[] = [
  // RFC 1122, 1918, 3927, 6598, 6890
  "127.0.0.1",
  "127.0.0.1:443",
  "127.255.255.254:8448",
  "0.0.0.0",
  "0.0.0.0:8448",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255:8448",
  "192.168.1.1",
  "169.254.169.254",
  "169.254.169.254:80",
  "100.64.0.1",
  "198.18.0.1",
  "192.0.0.1",
  "192.0.2.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  // Decimal, octal, hexadecimal and short forms of 127.0.0.1 and 169.254.169.254
  "2130706433",
  "2130706433:8448",
  "017700000001",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "127.1",
  "127.0.1",
  "2852039166",
  "0xa9fea9fe:80",
  // IPv6: loopback, mapped, compatible, translated, 6to4, Teredo, private, link, site, multicast, discard, documentation
  "[::1]",
  "[::1]:8448",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]:8448",
  "[::ffff:10.0.0.1]",
  "[0:0:0:0:0:ffff:a9fe:a9fe]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b:1::a00:1]",
  "[2002:7f00:1::]",
  "[2002:a00:1::1]:8448",
  "[2001:0:7f00:1::1]",
  "[fc00::1]",
  "[fd12:3456::1]",
  "[fe80::1]",
  "[fe80::1%25lo]",
  "[fec0::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
];

/** Names that DNS leads to internal addresses: answers of each look-up, the last of which stays. */
export const INTERNAL_HOSTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  localhost: [["127.0.0.1", "::1"]],
  "private.test": [["10.0.0.1"]],
  "metadata.test": [["169.254.169.254"]],
  "mapped.test": [["::ffff:127.0.0.1"]],
  "loopback6.test": [["::1"]],
  "unique-local.test": [["fd00::1"]],
  "translated.test": [["64:ff9b::7f00:1"]],
  "zero.test": [["0.0.0.0"]],
  // Public when it is checked, internal when it is used
  "rebind.test": [[PUBLIC], ["127.0.0.1"]],
  "rebind-later.test": [[PUBLIC], [PUBLIC], ["127.0.0.1"]],
};

export const INTERNAL_NAMES: readonly string[] = [
  "localhost",
  "localhost:8448",
  "LOCALHOST:8448",
  "localhost.:8448",
  "private.test",
  "private.test:443",
  "metadata.test:80",
  "mapped.test",
  "loopback6.test:8448",
  "unique-local.test",
  "translated.test",
  "zero.test:8448",
];

/** What `/.well-known/matrix/server` of a public host says, and what that would lead to. */
export const HOSTILE_DELEGATIONS: Readonly<Record<string, string>> = {
  "to-loopback.test": "127.0.0.1:8448",
  "to-metadata.test": "169.254.169.254:80",
  "to-decimal.test": "2130706433:8448",
  "to-loopback6.test": "[::1]:8448",
  "to-mapped6.test": "[::ffff:127.0.0.1]:8448",
  "to-localhost.test": "localhost:8448",
  "to-private.test": "private.test",
  "to-srv.test": "srv-private.test",
  "to-userinfo.test": "public.test@127.0.0.1:8448",
  "to-path.test": "127.0.0.1:8448/x",
};

/** Where `/.well-known/matrix/server` of a public host is redirected to. */
export const HOSTILE_REDIRECTS: Readonly<Record<string, string>> = {
  "moved-to-loopback.test": "https://127.0.0.1/.well-known/matrix/server",
  "moved-to-plain.test": "http://169.254.169.254/latest/meta-data",
  "moved-to-private.test": "https://private.test/.well-known/matrix/server",
  "moved-to-decimal.test": "https://2130706433/x",
  "moved-to-loopback6.test": "https://[::1]:8448/x",
  "moved-without-scheme.test": "//127.0.0.1/x",
  "moved-to-file.test": "file:///etc/passwd",
  "moved-for-ever.test": "https://moved-for-ever.test/.well-known/matrix/server",
};

/** Names without `.well-known` whose SRV records lead to internal addresses. */
export const HOSTILE_SERVICES: Readonly<Record<string, readonly { readonly name: string; readonly port: number }[]>> = {
  "_matrix-fed._tcp.srv-private.test": [{ name: "private.test", port: 8448 }],
  "_matrix._tcp.srv-old.test": [{ name: "localhost", port: 22 }],
  "_matrix-fed._tcp.srv-literal.test": [{ name: "127.0.0.1", port: 6379 }],
};

/** Texts that are no server names, though some parser may find a host in them. */
export const MALFORMED_NAMES: readonly string[] = [
  "public.test@127.0.0.1",
  "public.test:8448@127.0.0.1",
  "127.0.0.1@public.test",
  "public.test#@127.0.0.1",
  "public.test\\@127.0.0.1",
  "127.0.0.1/..",
  "127.0.0.1?x=public.test",
  "https://127.0.0.1",
  "//127.0.0.1",
  "１２７.0.0.1",
  "①②⑦.0.0.1",
  "127。0。0。1",
  "127.0.0.1\r\nHost: public.test",
  "127.0.0.1\u0000.public.test",
  "127.0.0.1%00",
  "[::1",
  "::1",
  "[public.test]",
  "public.test:0",
  "public.test:65536",
  "public.test:8448:8448",
  "public.test:-1",
  "public.test:0x50",
  ".",
  "..",
  " public.test",
  "public.test ",
  "-public.test",
  "a".repeat(300),
];
