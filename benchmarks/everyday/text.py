"""What stands on everyday pages: numbers, dates, amounts, and words around them."""

from everyday.kit import Kit

WORDS = (
    *("apples", "balance", "bread", "butter", "candle", "cheese", "coffee", "copper", "cousin", "garden", "kitchen"),
    *("ladder", "lemon", "letter", "meeting", "milk", "number", "office", "orange", "paper", "pencil", "pepper"),
    *("record", "school", "sugar", "summer", "table", "ticket", "tomato", "total", "travel", "water", "window"),
    *("Haus", "Garten", "Schule", "Rechnung", "maison", "jardin", "fromage", "casa", "libro", "dinero"),
)
LIKE_DIGITS = (  # with O, l, I, S, Z, B, g and q, which are letters here
    *("BOB", "Zoo", "Oslo", "Bill", "loss", "SOLO", "QUIZ", "Bolzen", "LISBOA", "Silo", "Illinois", "Ibiza", "Salz"),
    *("goggles", "Belize", "IOWA", "Zölibat", "sizzle", "Globus", "bliss", "OBSIDIAN"),
)
NAMES = ("Anna", "Boris", "Carla", "Dieter", "Elif", "Franka", "Greta", "Hugo", "Irena", "Jonas", "Karim", "Lena")
SURNAMES = ("Baker", "Costa", "Fischer", "Huber", "Jensen", "Keller", "Lang", "Meyer", "Novak", "Rossi", "Weber")
UNITS = ("kg", "cm", "km", "ml", "min", "pcs", "m", "g", "h")
LABELS = ("Age", "Points", "Phone", "Weight", "Height", "Invoice", "Member", "Account", "Room", "Year", "Score", "Code")
ROOMS = ("Room", "Gate", "Track", "House", "Lot", "Page", "Locker", "Bus", "Unit")
STREETS = ("Main Street", "Park Lane", "Mill Road", "Church Row", "Rue Haute", "Am Markt", "Waldweg")
TOWNS = ("Munich", "Vienna", "Leeds", "Porto", "Turin", "Ghent", "Malmö", "Krakau")
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
CURRENCIES = ("$", "€", "£")


def number(kit: Kit, shortest: int = 1, longest: int = 5) -> str:
    """Return a number of so many digits, which seldom begins with 0."""
    digits = [str(kit.whole(0, 9)) for _ in range(kit.whole(shortest, longest))]
    if digits[0] == "0" and len(digits) > 1 and kit.chance(0.8):
        digits[0] = str(kit.whole(1, 9))
    return "".join(digits)


def numbers(kit: Kit, count: int, shortest: int = 1, longest: int = 4) -> str:
    """Return several numbers with spaces between them."""
    return " ".join(number(kit, shortest, longest) for _ in range(count))


def date(kit: Kit) -> str:
    """Return a date with slashes, points or hyphens."""
    day, month, year = kit.whole(1, 31), kit.whole(1, 12), kit.whole(1950, 2035)
    if kit.chance(0.15):
        return f"{year}-{month:02d}-{day:02d}"
    separator = kit.pick("///.-")
    parts = [f"{day:02d}", f"{month:02d}"] if kit.chance(0.7) else [str(day), str(month)]
    return separator.join([*parts, str(year) if kit.chance(0.7) else f"{year % 100:02d}"])


def amount(kit: Kit) -> str:
    """Return an amount with a decimal comma or point, thousands, a currency."""
    style, whole = kit.whole(0, 5), kit.whole(1, 9) * 10 ** kit.whole(0, 3) + kit.whole(0, 999)
    text = (
        f"{whole:,}",
        f"{whole}.{kit.whole(0, 99):02d}",
        f"{whole},{kit.whole(0, 99):02d}",
        f"{whole + 1000:,}.{kit.whole(0, 99):02d}",
        f"{whole + 1000:,}".replace(",", "'"),
        f"{whole + 1000:,}".replace(",", ".") + f",{kit.whole(0, 99):02d}",
    )[style]
    if kit.chance(0.5):
        return text
    sign = kit.pick(CURRENCIES)
    return f"{text} {sign}" if sign == "€" else sign + text


def decimal(kit: Kit) -> str:
    """Return a decimal number, in half of all cases with a minus."""
    point = kit.pick("..,")
    return f"{'-' * kit.chance(0.5)}{kit.whole(0, 99)}{point}{number(kit, 1, 3)}"


def sum_of(kit: Kit) -> str:
    """Return a calculation with its result."""
    first, second, sign = kit.whole(1, 99), kit.whole(1, 20), kit.pick("++-×÷")
    if sign == "÷":
        return f"{first * second} ÷ {second} = {first}"
    first = max(first, second)
    result = {"+": first + second, "-": first - second, "×": first * second}[sign]
    return f"{first} {sign} {second} = {result}" if kit.chance(0.6) else f"{first}{sign}{second}={result}"


def telephone(kit: Kit) -> str:
    """Return a telephone number."""
    return kit.pick(
        (
            f"({number(kit, 3, 3)}) {number(kit, 3, 3)}-{number(kit, 4, 4)}",
            f"+{kit.whole(30, 99)} {number(kit, 3, 3)} {number(kit, 6, 7)}",
            f"0{number(kit, 3, 3)}/{number(kit, 5, 6)}",
            f"{number(kit, 3, 3)}-{number(kit, 4, 4)}",
        )
    )


def time(kit: Kit) -> str:
    """Return a time of day."""
    return f"{kit.whole(0, 23)}:{kit.whole(0, 59):02d}"


def word(kit: Kit, like_digits: float = 0.25) -> str:
    """Return a word; a share of them has letters that look like digits."""
    found = kit.pick(LIKE_DIGITS if kit.chance(like_digits) else WORDS)
    return found.upper() if kit.chance(0.1) else found


def words(kit: Kit, count: int) -> str:
    """Return several words."""
    return " ".join(word(kit) for _ in range(count))


def name(kit: Kit) -> str:
    """Return the name of a person."""
    return f"{kit.pick(NAMES)} {kit.pick(SURNAMES)}" if kit.chance(0.4) else kit.pick(NAMES)
