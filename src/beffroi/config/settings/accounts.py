"""Log-in: a passkey first, else a password (with limits) and a second factor."""

from beffroi.config.environment import environment

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "beffroi.kernel.accounts.allauth_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "beffroi.web.forms.LoginForm",
    "reauthenticate": "beffroi.web.forms.ReauthenticateForm",
    "change_password": "beffroi.web.forms.ChangePasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
# Per address of the network, then per account (allauth's own keys): enough for a hand, useless for a list of passwords.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key", "reauthenticate": "10/m/user"}

MFA_ADAPTER = "beffroi.kernel.accounts.allauth_adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "beffroi.web.forms.AuthenticateForm",
    "reauthenticate": "beffroi.web.forms.ReauthenticateFactorForm",
    "activate_totp": "beffroi.web.forms.ActivateTotpForm",
    "add_webauthn": "beffroi.web.forms.AddPasskeyForm",
    "edit_webauthn": "beffroi.web.forms.RenamePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Beffroi"
# Browsers call http://localhost a secure context; a town has HTTPS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not environment().secure

USERSESSIONS_TRACK_ACTIVITY = False

SILENCED_SYSTEM_CHECKS = [
    # The address is unique whatever its case, by a constraint on LOWER(email): Django's check only knows `unique=True`.
    "auth.W004",
    # Nobody frames us: the content policy says so (`frame-ancestors`), to every browser that has passkeys.
    "security.W002",
    # A town's other services stand below its domain: whether they have HTTPS is theirs to say.
    "security.W005",
    "security.W021",
    # Plain HTTP is led to HTTPS at a door of its own, or by the proxy before us, where Django can't tell one from the other.
    "security.W008",
]
