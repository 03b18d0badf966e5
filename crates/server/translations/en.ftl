# The texts of the pages. A text that is filled gets exactly what stands in braces here.

## On several pages

signed-in-as = Signed in as
navigation-account = Account
navigation-password = Password
continue-button = Continue
decision-allow = Allow
decision-deny = Deny
scope-none = Nothing beyond knowing that you are signed in

problem-stale = This page was open for too long, or in another window. Nothing was done; please try again.
problem-too-many = Too many attempts. Please wait { $wait }, then try again.
problem-busy = The server is busy at the moment. Please try again in a minute.

## Times

date-time = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
  } { $year }, { $time } UTC
duration-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
  }
duration-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
duration-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
  }
duration-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
  }

## Sign in

login-title = Sign in
login-client = to continue to { $client }
login-username = User name
login-password = Password
login-button = Sign in
login-no-cookie = Your browser sent no cookie. Allow cookies for this site, or open it by https if it has that, and try again.
login-wrong = User name or password is wrong. Please check both and try again.

## An application asks for access

consent-title = Access to your account
consent-heading = { $client } asks for access to your account
consent-not-you = Not you?
consent-unchecked = This application registered itself here, under a name of its own choice. Nobody has checked who runs it. Go on only if you have just started something with it, and you know where it leads.
consent-scopes = It could then
consent-resources = Where
consent-lifetime = How long
consent-next = Leads to
consent-client-id = Known as
consent-end = You can end this at any time on the page of your account.

## What went wrong

error-title = That did not work
error-unknown-application = The application that sent you here is not known to this service. Go back to it and try again; if that does not help, tell the people who run it.
error-missing-redirect = The application that sent you here did not say where the answer should go, and no single address is registered for it. Nothing was sent. Please tell the people who run it.
error-wrong-redirect = The application that sent you here wants the answer sent to an address that it is not registered with. For your safety, nothing was sent. Please tell the people who run it.
error-wrong-request = The application that sent you here asked for something in a way that cannot be answered. Go back to it and try again; if that does not help, tell the people who run it.
error-repeated = You have answered this before, and an answer counts only once. Go back to the application and begin again.
error-stale = This page was open for too long, or you have signed in or out since. Nothing was done. Go back to where you came from and begin again.
error-not-found = There is no page at this address.
error-unavailable = The service cannot answer at the moment. Please try again in a minute.
error-defect = Something is wrong on our side. Please try again; if it happens again, tell us the number below.
error-detail = Detail
error-code = Code
error-request-id = Request

## An answer on its way to an application

form-post-title = One moment
form-post-heading = Back to { $client }
form-post-explanation = If nothing happens within a few seconds, press the button.

## The account

account-title = Your account
account-applications = Applications with access
account-no-applications = No application has access to your account. When you allow one, it is listed here.
account-first-party = Part of { $service }
account-granted = Allowed
account-through = How
account-through-page = you agreed here
account-through-password = you gave it your password
account-through-device = you entered a code
account-last-used = Last used
account-expires = Ends
account-end = End access
account-end-which = of { $client }, allowed { $granted }
account-end-application = End all access of { $client }
account-more = Older ones that are not listed: { $count }. The button below ends them as well.
account-more-applications = There is more than this page lists. The button below ends that as well.
account-end-all = End access of all applications …
account-end-all-explanation = Every application loses its access, on all of your devices. To use one again, sign in there once more.
account-end-all-button = End access of all applications
account-sessions = Where you are signed in
account-session-unknown = Unknown browser
browser-on-system = { $browser } on { $system }
account-session-current = This browser
account-session-since = Signed in
account-session-seen = Last seen
account-session-end = Sign out
account-session-end-which = there: { $device }, signed in { $since }
account-end-others = Sign out everywhere else
account-no-other-sessions = You are signed in nowhere else.
account-authorization-ended = That access has ended.
account-application-ended = The application no longer has access.
account-all-ended = No application has access any more.
account-session-ended = You are signed out there.
account-others-ended = You are signed out everywhere else.
account-password-changed = Your password is changed. You are signed out everywhere else, and applications have to ask again.
account-password-changed-keeping = Your password is changed, and you are signed out everywhere else. Applications keep their access.
account-gone = That had ended already. The list below is up to date.

## The password

password-title = Change password
password-current = Current password
password-new = New password
password-again = New password again
password-least = At least { $least } characters. Several words that only you would put together are better than one with signs in it.
password-keep = Keep applications signed in
password-keep-explanation = Leave this empty if somebody may know your old password: then every application has to ask again.
password-wrong-current = The current password is wrong. Nothing was changed.
password-different = The new password was not the same both times. Please enter it again.
password-too-short = The new password is too short: it needs at least { $least } characters.
password-too-long = The new password is too long. Please choose a shorter one.
password-control = The new password has a character that cannot be seen. Please choose one that you can type.
password-same = The new password is the one you have. Please choose another.
password-kept-elsewhere = Your password is not kept by this service, so it cannot be changed here. Please ask the people who run it.

## A device

device-code-title = Connect a device
device-code-explanation = Enter the code that your device shows.
device-code = Code
device-code-unknown = No device waits with this code. Check it against your device; if it took long, let the device show a new one.
device-confirm-title = Connect a device?
device-confirm-heading = { $client } asks for access to your account
device-confirm-compare = Does your device show exactly this code?
device-confirm-warning = Allow this only if you started it yourself, on a device that you have in front of you. If somebody sent you the code or a link, they want into your account: deny.
device-allowed-title = Device connected
device-allowed = You can close this page and go back to your device.
device-denied-title = Device not connected
device-denied = The device got no access. You can close this page.

## Signing out

sign-out-title = Sign out?
sign-out-explanation = What you allowed applications in this browser ends as well, unless they may act while you are away.
sign-out-button = Sign out
signed-out-title = You are signed out
signed-out = You can close this page.
signed-out-again = Sign in again
