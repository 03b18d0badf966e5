//! The statements on authorizations. Of the rows, `a4` is a code that nobody has redeemed, `b4` is revoked, `c4` had no code.

use super::*;

pub fn authorizations(trial: &mut Trial) {
    let new: [Value; 23] = [
        id(0xd4),
        "app d".into(),
        id(0xd3),
        "grant d".into(),
        "scope d".into(),
        "aud d".into(),
        number(1),
        number(2),
        number(3),
        number(4),
        number(5),
        number(6),
        id(0xd5),
        number(7),
        number(8),
        number(9),
        id(0xd7),
        number(10),
        "to d".into(),
        id(0xd8),
        number(11),
        number(12),
        number(13),
    ];
    let inserted = [
        "[xd4].id = xd4",
        "[xd4].client = app d",
        "[xd4].user_id = xd3",
        "[xd4].grant_type = grant d",
        "[xd4].scope = scope d",
        "[xd4].audience = aud d",
        "[xd4].created_at = 1",
        "[xd4].authenticated_at = 2",
        "[xd4].expires_at = 3",
        "[xd4].generation = 4",
        "[xd4].rotated_at = 5",
        "[xd4].key_id = 6",
        "[xd4].secret = xd5",
        "[xd4].client_epoch = 7",
        "[xd4].user_epoch = 8",
        "[xd4].consent_epoch = 9",
        "[xd4].session = xd7",
        "[xd4].code_key = 10",
        "[xd4].redirect_uri = to d",
        "[xd4].code_challenge = xd8",
        "[xd4].redeemed_at = 11",
        "[xd4].revoked_at = 12",
        "[xd4].attempt = 13",
    ];
    trial.changes(&AUTHORIZE, &new, &inserted);
    trial.changes(&AUTHORIZE, &[&[id(0xa4)], &new[1..]].concat(), &[]);

    let redeemed =
        ["[xa4].redeemed_at: null -> 402", "[xa4].rotated_at: 405 -> 402", "[xa4].expires_at: 403 -> 75", "[xa4].attempt: 441 -> 76"];
    trial.changes(&REDEEM, &[id(0xa4), number(402), number(75), number(76)], &redeemed);
    trial.changes(&REDEEM, &[id(0xa4), number(403), number(75), number(76)], &[]);
    trial.changes(&REDEEM, &[id(0xb4), number(402), number(75), number(76)], &[]);
    trial.changes(&REDEEM, &[id(0xc4), number(402), number(75), number(76)], &[]);

    trial.finds(&WRITTEN_BY, &[id(0xa4), number(441)], &["xa4"]);
    trial.finds(&WRITTEN_BY, &[id(0xa4), number(442)], &[]);

    trial.changes(
        &ROTATE,
        &[id(0xa4), number(404), number(71), number(72), number(73)],
        &["[xa4].generation: 404 -> 71", "[xa4].rotated_at: 405 -> 72", "[xa4].attempt: 441 -> 73"],
    );
    trial.changes(
        &ROTATE,
        &[id(0xa4), number(404), number(71), number(402), number(73)],
        &["[xa4].generation: 404 -> 71", "[xa4].rotated_at: 405 -> 402", "[xa4].attempt: 441 -> 73"],
    );
    trial.changes(&ROTATE, &[id(0xa4), number(404), number(71), number(403), number(73)], &[]);
    trial.changes(&ROTATE, &[id(0xa4), number(71), number(404), number(72), number(73)], &[]);
    trial.changes(&ROTATE, &[id(0xb4), number(414), number(71), number(72), number(73)], &[]);
    trial.touches(&CONFIRM, &[id(0xa4), number(404), number(402)], 1);
    trial.touches(&CONFIRM, &[id(0xa4), number(404), number(403)], 0);
    trial.touches(&CONFIRM, &[id(0xa4), number(403), number(402)], 0);
    trial.touches(&CONFIRM, &[id(0xb4), number(414), number(72)], 0);
    trial.changes(&CONFIRM, &[id(0xa4), number(404), number(402)], &[]);

    trial.changes(&REVOKE, &[id(0xa4), number(73)], &["[xa4].revoked_at: null -> 73"]);
    trial.changes(&REVOKE, &[id(0xb4), number(73)], &[]);
    trial.changes(&REVOKE_EVERYTHING, &[number(74)], &["[xa4].revoked_at: null -> 74", "[xc4].revoked_at: null -> 74"]);
    trial.finds(&LIVE_AUTHORIZATIONS, &[number(402)], &["2"]);
    trial.finds(&LIVE_AUTHORIZATIONS, &[number(403)], &["1"]);
    let row = "xb4, app b, xb3, grant b, scope b, aud b, 411, 412, 413, 414, 415, 416, xb5, 417, 418, 431, xb7, 432, to b, xb8, 433, 419";
    trial.finds(&AUTHORIZATION, &[id(0xb4)], &[row]);
    let user = "xb3, name b, 311, 316, 315, hash b, null, null, 314, origin b";
    let (session, consent) = ("xb7, xb3, xb9, agent b, 611, 612, 613, 615, 616", "null");
    let client = "app b, 212, 214, 211, xb2, 213, null, origin b, xb3, null, reg b";
    let whole = |token| format!("{row}, {token}, {user}, {session}, {consent}, {client}");
    trial.finds(&GROUNDED, &[id(0xb4), id(0xb6)], &[&whole("xb6")]);
    trial.finds(&GROUNDED, &[id(0xb4), id(0xf6)], &[&whole("null")]);
    trial.finds(&GROUNDED, &[id(0xb4), Value::Null], &[&whole("null")]);
    let own =
        "xc4, app c, xc3, grant c, scope c, aud c, 421, 422, 423, 424, 425, 426, xc5, 427, 428, 434, null, null, null, null, null, null";
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xc3), number(422), number(1)], &[own]);
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xc3), number(422), number(0)], &[]);
    trial.finds(&AUTHORIZATIONS_OF_USER, &[id(0xc3), number(423), number(1)], &[]);
    for unredeemed_or_revoked in [0xa3, 0xb3] {
        trial.finds(&AUTHORIZATIONS_OF_USER, &[id(unredeemed_or_revoked), number(402), number(1)], &[]);
    }
    trial.finds(&NEWEST_AUTHORIZATIONS, &[number(402), number(9)], &[own]);
    trial.finds(&NEWEST_AUTHORIZATIONS, &[number(423), number(9)], &[]);
    trial.finds(&NEWEST_AUTHORIZATIONS, &[number(402), number(0)], &[]);
    trial.finds(&NEWEST_AUTHORIZATIONS_OF_CLIENT, &["app c".into(), number(422), number(9)], &[own]);
    trial.finds(&NEWEST_AUTHORIZATIONS_OF_CLIENT, &["app a".into(), number(402), number(9)], &[]);
    trial.finds(&NEWEST_AUTHORIZATIONS_OF_CLIENT, &["app c".into(), number(422), number(0)], &[]);
    trial.changes(&ENDED_AUTHORIZATIONS, &[number(423), number(5)], &["[xa4] is gone", "[xb4] is gone"]);
    trial.changes(&ENDED_AUTHORIZATIONS, &[number(423), number(1)], &["[xa4] is gone"]);
    // b4 was revoked and made in a session, a4 was made in one too, c4 was not.
    trial.changes(&OVER_AUTHORIZATIONS, &[number(419), number(5), number(411)], &["[xa4] is gone", "[xb4] is gone"]);
    trial.changes(&OVER_AUTHORIZATIONS, &[number(419), number(5), number(410)], &["[xa4] is gone"]);
    trial.changes(&OVER_AUTHORIZATIONS, &[number(418), number(5), number(400)], &[]);
    trial.changes(&OVER_AUTHORIZATIONS, &[number(424), number(5), number(400)], &["[xc4] is gone"]);
    trial.changes(&OVER_AUTHORIZATIONS, &[number(424), number(0), number(411)], &[]);
}
