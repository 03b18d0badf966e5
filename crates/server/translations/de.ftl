# Die Texte der Seiten. Ein Text, der gefüllt wird, bekommt genau das, was hier in Klammern steht.

## Auf mehreren Seiten

signed-in-as = Angemeldet als
navigation-account = Konto
navigation-password = Passwort
continue-button = Weiter
decision-allow = Erlauben
decision-deny = Ablehnen
scope-none = Nichts, außer zu wissen, dass Sie angemeldet sind

problem-stale = Diese Seite war zu lange oder in einem anderen Fenster geöffnet. Es wurde nichts verändert; bitte versuchen Sie es noch einmal.
problem-too-many = Zu viele Versuche. Bitte warten Sie { $wait } und versuchen Sie es dann noch einmal.
problem-busy = Der Server ist gerade überlastet. Bitte versuchen Sie es in einer Minute noch einmal.

## Zeiten

date-time = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
  } { $year }, { $time } Uhr (UTC)
duration-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
  }
duration-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
  }
duration-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
  }
duration-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tage
  }

## Anmelden

login-title = Anmelden
login-client = um mit { $client } fortzufahren
login-username = Benutzername
login-password = Passwort
login-button = Anmelden
login-no-cookie = Ihr Browser hat kein Cookie gesendet. Erlauben Sie Cookies für diese Seite, oder öffnen Sie sie über https, falls es das gibt, und versuchen Sie es noch einmal.
login-wrong = Benutzername oder Passwort ist falsch. Bitte prüfen Sie beides und versuchen Sie es noch einmal.

## Eine Anwendung bittet um Zugriff

consent-title = Zugriff auf Ihr Konto
consent-heading = { $client } bittet um Zugriff auf Ihr Konto
consent-not-you = Nicht Sie?
consent-unchecked = Diese Anwendung hat sich hier selbst angemeldet, unter einem Namen ihrer Wahl. Niemand hat geprüft, wer sie betreibt. Fahren Sie nur fort, wenn Sie eben selbst etwas mit ihr begonnen haben und wissen, wohin sie führt.
consent-scopes = Damit könnte die Anwendung
consent-resources = Wo
consent-lifetime = Wie lange
consent-next = Führt zu
consent-client-id = Bekannt als
consent-end = Sie können das jederzeit auf der Seite Ihres Kontos beenden.

## Was nicht ging

error-title = Das hat nicht geklappt
error-unknown-application = Dieser Dienst kennt die Anwendung nicht, von der Sie kommen. Gehen Sie zu ihr zurück und versuchen Sie es noch einmal; hilft das nicht, wenden Sie sich an deren Betreiber.
error-missing-redirect = Die Anwendung, von der Sie kommen, hat nicht gesagt, wohin die Antwort gehen soll, und für sie ist nicht genau eine Adresse eingetragen. Es wurde nichts gesendet. Bitte wenden Sie sich an den Betreiber der Anwendung.
error-wrong-redirect = Die Anwendung, von der Sie kommen, möchte die Antwort an eine Adresse geschickt haben, die für sie nicht eingetragen ist. Zu Ihrer Sicherheit wurde nichts gesendet. Bitte wenden Sie sich an den Betreiber der Anwendung.
error-wrong-request = Die Anwendung, von der Sie kommen, hat etwas angefragt, das sich so nicht beantworten lässt. Gehen Sie zu ihr zurück und versuchen Sie es noch einmal; hilft das nicht, wenden Sie sich an deren Betreiber.
error-repeated = Das haben Sie schon beantwortet, und jede Antwort gilt nur einmal. Gehen Sie zur Anwendung zurück und beginnen Sie von vorn.
error-stale = Diese Seite war zu lange geöffnet, oder Sie haben sich inzwischen an- oder abgemeldet. Es wurde nichts verändert. Gehen Sie dorthin zurück, woher Sie kamen, und beginnen Sie von vorn.
error-not-found = Unter dieser Adresse gibt es keine Seite.
error-unavailable = Der Dienst kann gerade nicht antworten. Bitte versuchen Sie es in einer Minute noch einmal.
error-defect = Bei uns ist etwas nicht in Ordnung. Bitte versuchen Sie es noch einmal; geschieht es wieder, nennen Sie uns die Nummer unten.
error-detail = Einzelheiten
error-code = Code
error-request-id = Anfrage

## Eine Antwort auf dem Weg zu einer Anwendung

form-post-title = Einen Augenblick
form-post-heading = Zurück zu { $client }
form-post-explanation = Wenn nach ein paar Sekunden nichts geschieht, drücken Sie auf den Knopf.

## Das Konto

account-title = Ihr Konto
account-applications = Anwendungen mit Zugriff
account-no-applications = Keine Anwendung hat Zugriff auf Ihr Konto. Sobald Sie einer etwas erlauben, steht sie hier.
account-first-party = Teil von { $service }
account-granted = Erlaubt
account-through = Wie
account-through-page = Sie haben hier zugestimmt
account-through-password = Sie haben ihr Ihr Passwort gegeben
account-through-device = Sie haben einen Code eingegeben
account-last-used = Zuletzt benutzt
account-expires = Endet
account-end = Zugriff beenden
account-end-which = von { $client }, erlaubt am { $granted }
account-end-application = Jeden Zugriff von { $client } beenden
account-more = Ältere, die nicht aufgeführt sind: { $count }. Der Knopf darunter beendet auch sie.
account-more-applications = Es gibt mehr, als diese Seite aufführt. Der Knopf darunter beendet auch das.
account-end-all = Zugriff aller Anwendungen beenden …
account-end-all-explanation = Jede Anwendung verliert ihren Zugriff, auf allen Ihren Geräten. Um eine wieder zu benutzen, melden Sie sich dort erneut an.
account-end-all-button = Zugriff aller Anwendungen beenden
account-sessions = Wo Sie angemeldet sind
account-session-unknown = Unbekannter Browser
browser-on-system = { $browser } unter { $system }
account-session-current = Dieser Browser
account-session-since = Angemeldet am
account-session-seen = Zuletzt gesehen am
account-session-end = Abmelden
account-session-end-which = dort: { $device }, angemeldet am { $since }
account-end-others = Überall sonst abmelden
account-no-other-sessions = Sie sind nirgendwo sonst angemeldet.
account-authorization-ended = Dieser Zugriff ist beendet.
account-application-ended = Die Anwendung hat keinen Zugriff mehr.
account-all-ended = Keine Anwendung hat mehr Zugriff.
account-session-ended = Sie sind dort abgemeldet.
account-others-ended = Sie sind überall sonst abgemeldet.
account-password-changed = Ihr Passwort ist geändert. Sie sind überall sonst abgemeldet, und Anwendungen müssen neu um Erlaubnis bitten.
account-password-changed-keeping = Ihr Passwort ist geändert, und Sie sind überall sonst abgemeldet. Anwendungen behalten ihren Zugriff.
account-gone = Das war schon beendet. Die Liste unten ist auf dem neuesten Stand.

## Das Passwort

password-title = Passwort ändern
password-current = Bisheriges Passwort
password-new = Neues Passwort
password-again = Neues Passwort noch einmal
password-least = Mindestens { $least } Zeichen. Mehrere Wörter, die nur Sie so zusammenstellen würden, sind besser als eines mit Sonderzeichen.
password-keep = Anwendungen angemeldet lassen
password-keep-explanation = Lassen Sie dies leer, wenn jemand Ihr bisheriges Passwort kennen könnte: Dann muss jede Anwendung neu um Erlaubnis bitten.
password-wrong-current = Das bisherige Passwort ist falsch. Es wurde nichts geändert.
password-different = Das neue Passwort war nicht beide Male gleich. Bitte geben Sie es noch einmal ein.
password-too-short = Das neue Passwort ist zu kurz: Es braucht mindestens { $least } Zeichen.
password-too-long = Das neue Passwort ist zu lang. Bitte wählen Sie ein kürzeres.
password-control = Das neue Passwort enthält ein Zeichen, das man nicht sieht. Bitte wählen Sie eines, das Sie eintippen können.
password-same = Das neue Passwort ist das bisherige. Bitte wählen Sie ein anderes.
password-kept-elsewhere = Ihr Passwort liegt nicht bei diesem Dienst und kann deshalb hier nicht geändert werden. Bitte wenden Sie sich an dessen Betreiber.

## Ein Gerät

device-code-title = Ein Gerät verbinden
device-code-explanation = Geben Sie den Code ein, den Ihr Gerät anzeigt.
device-code = Code
device-code-unknown = Kein Gerät wartet mit diesem Code. Vergleichen Sie ihn mit Ihrem Gerät; hat es lange gedauert, lassen Sie sich dort einen neuen anzeigen.
device-confirm-title = Ein Gerät verbinden?
device-confirm-heading = { $client } bittet um Zugriff auf Ihr Konto
device-confirm-compare = Zeigt Ihr Gerät genau diesen Code?
device-confirm-warning = Erlauben Sie das nur, wenn Sie es selbst begonnen haben, an einem Gerät, das Sie vor sich haben. Hat Ihnen jemand den Code oder einen Link geschickt, will er in Ihr Konto: Lehnen Sie ab.
device-allowed-title = Gerät verbunden
device-allowed = Sie können diese Seite schließen und zu Ihrem Gerät zurückkehren.
device-denied-title = Gerät nicht verbunden
device-denied = Das Gerät hat keinen Zugriff bekommen. Sie können diese Seite schließen.

## Abmelden

sign-out-title = Abmelden?
sign-out-explanation = Was Sie Anwendungen in diesem Browser erlaubt haben, endet damit auch, es sei denn, sie dürfen handeln, während Sie abwesend sind.
sign-out-button = Abmelden
signed-out-title = Sie sind abgemeldet
signed-out = Sie können diese Seite schließen.
signed-out-again = Wieder anmelden
