//! `k6/crypto`.

use crate::common::Run;

#[track_caller]
fn console(function: &str) -> Vec<String> {
    Run::case("modules/crypto", function).console()
}

#[test]
fn the_module_has_its_functions() {
    assert_eq!(
        console("shape"),
        ["createHMAC,createHash,hexEncode,hmac,md4,md5,randomBytes,ripemd160,sha1,sha256,sha384,\
          sha512,sha512_224,sha512_256 true"]
    );
}

/// The vectors of RFC 1320, RFC 1321, FIPS 180-4 (its examples) and the paper of RIPEMD-160 for "abc".
#[test]
fn hashes_are_those_of_their_standards() {
    let expected = [
        "md4 a448017aaf21d8525fc10ae87aa6729d",
        "md5 900150983cd24fb0d6963f7d28e17f72",
        "sha1 a9993e364706816aba3e25717850c26c9cd0d89d",
        "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha384 cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
         8086072ba1e7cc2358baeca134c825a7",
        "sha512 ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "sha512_224 4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        "sha512_256 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        "ripemd160 8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    ];
    assert_eq!(console("hashes"), expected);
}

#[test]
fn empty_and_long_inputs_are_hashed() {
    assert_eq!(
        console("emptyAndLong"),
        ["d41d8cd98f00b204e9800998ecf8427e \
          e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
          cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"]
    );
}

/// RFC 2202 and RFC 4231, test cases 2 and 6; the two truncated functions by FIPS 198-1 over FIPS 180-4.
#[test]
fn hmacs_are_those_of_their_standards() {
    let expected = [
        "md5 750c783e6ab0b503eaa86e310a5db738",
        "sha1 effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
        "sha256 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "sha384 af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
         8e2240ca5e69e2c78b3239ecfab21649",
        "sha512 164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
         9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        "sha512_224 4a530b31a79ebcce36916546317c45f247d83241dfb818fd37254bde",
        "sha512_256 6df7b24630d5ccb2ee335407081a87188c221489768fa2020513b2d593359456",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ];
    assert_eq!(console("hmacs"), expected);
}

#[test]
fn digests_come_in_five_encodings() {
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(
        console("outputs"),
        [
            hex,
            hex,
            hex,
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
            "true 32 ba7816bf",
        ]
    );
}

#[test]
fn text_buffers_and_views_are_hashed() {
    assert_eq!(console("inputs"), ["1 fee40dc24d0ad6a90c608052aa4e9e66 617a 000fff"]);
}

#[test]
fn input_can_come_in_pieces_and_go_on_after_a_digest() {
    let expected = ["true true", "true", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"];
    assert_eq!(console("inPieces"), expected);
}

#[test]
fn random_bytes_are_as_many_as_were_asked_for_and_differ() {
    assert_eq!(console("random"), ["true 70000 false", "256"]);
}

#[test]
fn what_cannot_be_hashed_is_refused() {
    let type_error = |name: &str| {
        format!("GoError: invalid type {name}, expected a string, an ArrayBuffer or a view of one")
    };
    assert_eq!(
        console("refused"),
        [
            "GoError: invalid output encoding: base32",
            &type_error("number"),
            &type_error("null"),
            &type_error("undefined"),
            "GoError: invalid algorithm: sha3",
            "GoError: invalid algorithm: toString",
            &type_error("number"),
            &type_error("object"),
            "GoError: invalid size",
            "GoError: invalid size",
            "GoError: invalid size: 1099511627776; at most 16777216 bytes at once",
        ]
    );
}

#[test]
fn the_global_crypto_digests() {
    assert_eq!(
        console("subtleDigests"),
        [
            "a9993e364706816a",
            "ba7816bf8f01cfea",
            "cb00753f45a35e8b",
            "ddaf35a193617aba",
            "NotSupportedError TypeError TypeError",
        ]
    );
}

#[test]
fn the_global_crypto_signs_with_hmac() {
    assert_eq!(
        console("subtleHmac"),
        [
            "CryptoKey { type: \"secret\", extractable: true, algorithm: { name: \"HMAC\", hash: { \
             name: \"SHA-256\" }, length: 32 }, usages: [ \"sign\", \"verify\" ] } [object CryptoKey]",
            "5bdcc146bf60754e true false",
            "{\"kty\":\"oct\",\"k\":\"SmVmZQ\",\"alg\":\"HS256\",\"key_ops\":[\"sign\",\"verify\"],\
             \"ext\":true} 4a656665",
            "true InvalidAccessError InvalidAccessError",
            "512 64",
            "1024 128",
        ]
    );
}

#[test]
fn the_global_crypto_rejects_what_it_does_not_know() {
    assert_eq!(
        console("subtleRefusals"),
        [
            "NotSupportedError NotSupportedError NotSupportedError",
            "DataError SyntaxError SyntaxError TypeError",
            "DataError DataError TypeError",
        ]
    );
}
