//! The statements on devices. Of the rows, `d1` waits, `d2` is denied, `d3` approved and `d4` redeemed.

use super::*;

pub const ROWS: &str = "
    INSERT INTO device_codes (id, digest, user_code, client, client_epoch, scope, audience, created_at, expires_at) VALUES
        (x'd1', x'e1', 'code 1', 'app a', 801, 'scope 1', 'aud 1', 802, 803),
        (x'd2', x'e2', 'code 2', 'app a', 811, 'scope 2', 'aud 2', 812, 813),
        (x'd3', x'e3', 'code 3', 'app a', 821, 'scope 3', 'aud 3', 822, 823),
        (x'd4', x'e4', 'code 4', 'app a', 831, 'scope 4', 'aud 4', 832, 833);
    UPDATE device_codes SET denied_at = 814 WHERE id = x'd2';
    UPDATE device_codes SET user_id = x'f3', user_epoch = 824, consent_epoch = 825, session = x'a7', authenticated_at = 826 WHERE id = x'd3';
    UPDATE device_codes SET user_id = x'f3', user_epoch = 834, consent_epoch = 835, session = x'a7', authenticated_at = 836, redeemed_at = 837
        WHERE id = x'd4';
";

const WAITING: &str = "xd1, xe1, code 1, app a, 801, scope 1, aud 1, 802, 803, null, null, null, null, null, null, null";
const APPROVED: &str = "xd3, xe3, code 3, app a, 821, scope 3, aud 3, 822, 823, xf3, 824, 825, xa7, 826, null, null";

pub fn devices(trial: &mut Trial) {
    let new = [id(0xd9), id(0xe9), "code 9".into(), "app n".into(), number(1), "scope 9".into(), "aud 9".into(), number(2), number(3)];
    let inserted = [
        "[xd9].id = xd9",
        "[xd9].digest = xe9",
        "[xd9].user_code = code 9",
        "[xd9].client = app n",
        "[xd9].client_epoch = 1",
        "[xd9].scope = scope 9",
        "[xd9].audience = aud 9",
        "[xd9].created_at = 2",
        "[xd9].expires_at = 3",
        "[xd9].user_id = null",
        "[xd9].user_epoch = null",
        "[xd9].consent_epoch = null",
        "[xd9].session = null",
        "[xd9].authenticated_at = null",
        "[xd9].denied_at = null",
        "[xd9].redeemed_at = null",
    ];
    trial.changes(&NEW_DEVICE_CODE, &new, &inserted);
    trial.changes(&NEW_DEVICE_CODE, &[&[id(0xd1)], &new[1..]].concat(), &[]);
    trial.changes(&NEW_DEVICE_CODE, &[&new[..2], &["code 1".into()], &new[3..]].concat(), &[]);
    words(trial);
    redemption(trial);
    trial.finds(&DEVICE, &[id(0xd3)], &[APPROVED]);
    trial.finds(&DEVICE_SHOWING, &["code 1".into()], &[WAITING]);
    trial.changes(&ENDED_DEVICE_CODES, &[number(823), number(5)], &["[xd1] is gone", "[xd2] is gone"]);
    trial.changes(&ENDED_DEVICE_CODES, &[number(823), number(1)], &["[xd1] is gone"]);
}

fn words(trial: &mut Trial) {
    let yes = |device, at| [id(device), number(at), id(0xf4), number(1), number(2), id(0xf5), number(3)];
    let approved = [
        "[xd1].user_id: null -> xf4",
        "[xd1].user_epoch: null -> 1",
        "[xd1].consent_epoch: null -> 2",
        "[xd1].session: null -> xf5",
        "[xd1].authenticated_at: null -> 3",
    ];
    trial.changes(&APPROVE_DEVICE, &yes(0xd1, 802), &approved);
    trial.changes(&DENY_DEVICE, &[id(0xd1), number(802)], &["[xd1].denied_at: null -> 802"]);
    for (device, at) in [(0xd1, 803), (0xd2, 812), (0xd3, 822), (0xd4, 832)] {
        trial.changes(&APPROVE_DEVICE, &yes(device, at), &[]);
        trial.changes(&DENY_DEVICE, &[id(device), number(at)], &[]);
    }
}

fn redemption(trial: &mut Trial) {
    trial.changes(&REDEEM_DEVICE, &[id(0xd3), number(822)], &["[xd3].redeemed_at: null -> 822"]);
    for (device, at) in [(0xd1, 802), (0xd2, 812), (0xd3, 823), (0xd4, 832)] {
        trial.changes(&REDEEM_DEVICE, &[id(device), number(at)], &[]);
    }
}
