"""What T3a, T3b, T4 and T6 say of signs, as formulas."""

from proofs.claims.entry import Formal
from proofs.claims.hypotheses import CENTERED, LABELS_APART, POLAR

NONPOSITIVE = "(all j, k: e[j]'*e[k] = 0 => e[j]'*Q*e[k] <= 0)"
STRICT_SIGNS = "(all S, j: e[j]'*y[S] = 0 => e[j]'*Q*y[S] < 0)"
SINGLES = (
    "2 <= K",
    "all S: single[S] = y[S] or single[S] = ones - y[S]",
    "all S: some k: single[S] = e[k]",
    "all k: 0 < e[k]'*sum[S](single[S])",
)
ONE_SIDE = ("v'*v = ones'*v", "0 < ones'*v", "ones'*v < K", "all S: y[S] = v or y[S] = ones - v")
PAIRS_OF_FOUR = "all S: " + " or ".join(f"y[S] = a{i} + a{j}" for i in range(1, 4) for j in range(i + 1, 5))
"""T3a: label sets that are a label or all but one, each label in that role with positive probability; one label set and
its complement; and pairs."""


def named(labels: int) -> tuple[str, ...]:
    """So many labels, a1, a2, ...: they are orthonormal, and all there are."""
    each = range(1, labels + 1)
    return (
        *(f"a{i}'*a{j} = {int(i == j)}" for i in each for j in range(i, labels + 1)),
        f"ones = {' + '.join(f'a{i}' for i in each)}",
    )


INVERSE_ROOT = "psd Q and ones'*Q = 0 and Q*Q*Sigma = P"
T3A_GIVEN = (*CENTERED, *LABELS_APART, *POLAR, "Root*Root = Sigma")
_SHARES = [f"a{n}'*sum[S](single[S])" for n in range(1, 4)]
_TWO_SEEN = " or ".join(f"(0 < {_SHARES[i]} and 0 < {_SHARES[j]})" for i in range(3) for j in range(i + 1, 3))
OF_THREE = (
    *(*named(3), "I[K] = a1*a1' + a2*a2' + a3*a3'", SINGLES[1]),
    *("all S: single[S] = a1 or single[S] = a2 or single[S] = a3", _TWO_SEEN),
)
"""Three labels, two of which have that role with positive probability; if one has, it is one label set and its
complement, as with two labels always."""
_KINDS = (SINGLES, (*named(4), PAIRS_OF_FOUR), ONE_SIDE, OF_THREE)
_SINGLES, _PAIRS, _ONE_SIDE, _THREE = (" and ".join(f"({x})" for x in part) for part in _KINDS)
_AT_THREE = " and ".join(f"(all S: a{n}'*y[S] = 0 => a{n}'*Q*y[S] < 0)" for n in range(1, 4))
_SHARE = "(1/(e[{0}]'*sum[S](single[S])))"
_ALL = f"sum[i]({_SHARE.format('i')})"
PSEUDO_INVERSE = f"""(all j, k: {_ALL}*(e[j]'*Q*Q*e[k])
    = {_ALL}*({_SHARE.format("j")}*(e[j]'*e[k])) - {_SHARE.format("j")}*{_SHARE.format("k")})"""
"""That of Sigma where label sets are single labels or all but one."""
STRICT = f"""({_SINGLES} => {STRICT_SIGNS} and {PSEUDO_INVERSE}) and ({_PAIRS} => {STRICT_SIGNS})
    and ({_ONE_SIDE} => {STRICT_SIGNS}) and ({_THREE} => {_AT_THREE})"""
SETTLED = f"({' and '.join(f'({x})' for x in T3A_GIVEN)} => {STRICT})"
"""What T3a says of single labels, of pairs, of one label set and of three labels."""

AUTOMATIC = Formal(
    letters=(
        *(f"a{n}: K" for n in range(1, 5)),
        *(f"c{n}: K" for n in range(1, 4)),
        "Root, Q, Pi, Q2: K x K; single[sets]: K; s, t, delta: 1",
    ),
    given=T3A_GIVEN,
    goal=f"""((all j, k: e[j]'*e[k] = 0 => e[j]'*Q*Q*e[k] <= 0) => {NONPOSITIVE})
        and ({NONPOSITIVE} => (all v, j: (all k: (e[k]'*v)^2 = e[k]'*v) and e[j]'*v = 0 => e[j]'*Q*v <= 0))
        and {STRICT}""",
)

_BLOCKS = (*(f"E{n}: K x K" for n in range(1, 5)), *(f"root{n}: 1" for n in range(1, 5)), "Q: K x K; s, t: 1")
_SIDES = "(5*a1 - 3*a2 - 3*a3 + a4)", "(2*a1 + a2 + a3 - 4*a4)"
INSTANCE = (
    *(*named(4), "I[K] = a1*a1' + a2*a2' + a3*a3' + a4*a4'"),
    *("P = I[K] - 1/K*ones*ones'", "Sigma = P*M*P"),
    "M = 1/5*((a1 + a2)*(a1 + a2)') + 1/5*((a1 + a3)*(a1 + a3)') + 3/5*(a4*a4')",
)
FAILURE = Formal(
    letters=(*(f"a{n}: K" for n in range(1, 5)), *_BLOCKS, "Root, Pi: K x K; single[sets]: K"),
    given=(),
    goal=f"""({" and ".join(f"({x})" for x in INSTANCE)}
        => (all x: ones'*x = 0 => 1/20*(x'*x) <= x'*Sigma*x and x'*Sigma*x <= 3/5*(x'*x))
        and Sigma*{_SIDES[0]} = 1/20*{_SIDES[0]} and Sigma*{_SIDES[1]} = 3/5*{_SIDES[1]}
        and (some Q: {INVERSE_ROOT})
        and (all Q, s, t: {INVERSE_ROOT} and 0 < s and s^2 = 5 and 0 < t and t^2 = 15
        => a1'*Q*a4 = (15*s - 8*t)/66 and 0 < a1'*Q*a4))
        and {SETTLED}""",
)
"""T4: what is so of the instance, and what T3a says of any other labels, which share no letter's value with it."""

_V = "(F*F'*ones)"
_LAST = f"(ones - {_V} - o)"
_PAIR = "(I[K] - F*F' - o*o')"
ORBITS = (
    f"{_V}*{_V}'",
    f"""2/5*({_V}*{_V}') + 4/15*(F*F') + 2/3*({_V}*o' + o*{_V}') + 1/3*({_V}*{_LAST}' + {_LAST}*{_V}') + o*o'
    + 1/2*(o*{_LAST}' + {_LAST}*o') + 1/2*{_PAIR}""",
    f"2/3*({_V}*{_V}') + 1/6*(F*F') + 5/12*({_V}*{_LAST}' + {_LAST}*{_V}') + 1/2*{_PAIR}",
)
"""T3b: the mean second moments of its three kinds of label sets; the columns of F are six labels, o is the seventh."""
_KIND = "43*sum[S](kind{0}[S]*(y[S]*y[S]')) = {1}*({2})"
ATTAINED = Formal(
    letters=(*_BLOCKS, *(f"kind{n}[sets]: 1" for n in range(1, 4)), "l; F: K x l; o: K; omega: 1"),
    given=(
        *("K = 9", "F'*F = I[l]", "F'*o = 0", "o'*o = 1", "ones'*o = 1", "ones'*F*F'*ones = 6"),
        *("P = I[K] - 1/K*ones*ones'", "Sigma = P*M*P", "0 < omega", "37*omega <= 1"),
        f"M = omega*({ORBITS[0]}) + 12*omega*({ORBITS[1]}) + (1 - 13*omega)*({ORBITS[2]})",
    ),
    goal=f"""(all x: ones'*x = 0 => 2*omega*(x'*x) <= x'*Sigma*x and x'*Sigma*x <= (2 - 20*omega)/3*(x'*x))
        and (some x: ones'*x = 0 and x'*x != 0 and Sigma*x = 2*omega*x)
        and (some x: ones'*x = 0 and x'*x != 0 and Sigma*x = (2 - 20*omega)/3*x)
        and (2 - 20*omega)/3*(3*omega) = (1 - 10*omega)*(2*omega)
        and (37*omega = 1 => (2 - 20*omega)/3 = 9*(2*omega))
        and (some Q: {INVERSE_ROOT}) and (all Q: {INVERSE_ROOT} => (37*omega = 1 => o'*Q*{_V} = 0)
        and (37*omega < 1 => 0 < o'*Q*{_V}))""",
    example=f"""K = 9 and (all k: (o'*e[k])^2 = o'*e[k]) and (all S, k: (e[k]'*y[S])^2 = e[k]'*y[S])
        and (all S: ones'*y[S] = 6)
        and {" and ".join(f"{_KIND.format(n, c, ORBITS[n - 1])}" for n, c in ((1, 1), (2, 30), (3, 12)))}
        and (all S: (kind1[S] = 1 and kind2[S] = 0 and kind3[S] = 0 and {_V}'*y[S] = 6)
        or (kind1[S] = 0 and kind2[S] = 1 and kind3[S] = 0 and {_V}'*y[S] = 4 and o'*y[S] = 1)
        or (kind1[S] = 0 and kind2[S] = 0 and kind3[S] = 1 and {_V}'*y[S] = 5 and o'*y[S] = 0))""",
)
"""T3b; its example is the forty-three label sets with equal weights, of which each kind has the moment that is said."""

ROOT3 = "(1/t*(Sigma + delta*P))"
_LEAST3, _MOST3 = "(1 - g)/3", "(1 + g)/3"
_ROLES = ((1, 2, 3), (1, 3, 2), (2, 3, 1))
_ENTRIES = (
    *(f"a{i}'*Q*a{j} = -1*(d{k} + delta)/(3*delta*t) and a{i}'*Q*a{j} < 0" for i, j, k in _ROLES),
    *(f"a{k}'*Q*(a{i} + a{j}) = -1*(d{i} + d{j} + 2*delta)/(3*delta*t)" for i, j, k in _ROLES),
    *(f"(all S: a{i}'*y[S] = 0 => a{i}'*Q*y[S] < 0)" for i in range(1, 4)),
)
THREE = Formal(
    letters=(
        *(f"{x}{n}: {'K' if x == 'a' else '1'}" for x in "ad" for n in range(1, 4)),
        "single[sets]: K; delta, t, g: 1; Q, Q2: K x K",
    ),
    given=(
        *(*named(3), "I[K] = a1*a1' + a2*a2' + a3*a3'"),
        *("P = I[K] - 1/K*ones*ones'", "M = sum[S](y[S]*y[S]')", "Sigma = P*M*P"),
        *(SINGLES[1], "all S: single[S] = a1 or single[S] = a2 or single[S] = a3"),
        *(f"d{n} = a{n}'*sum[S](single[S])" for n in range(1, 4)),
        "(0 < d1 and 0 < d2) or (0 < d1 and 0 < d3) or (0 < d2 and 0 < d3)",
        *("0 <= delta", "3*delta^2 = d1*d2 + d1*d3 + d2*d3", "0 < t", "t^2 = 2/3 + 2*delta"),
    ),
    goal=f"""d1 + d2 + d3 = 1 and 0 < delta and 9*delta^2 <= 1
        and psd {ROOT3} and {ROOT3}*{ROOT3} = Sigma and tr({ROOT3}) = t
        and {" and ".join(f"(a{i} - a{j})'*{ROOT3}*(a{i} - a{j}) = (d{i} + d{j} + 2*delta)/t" for i, j, _ in _ROLES)}
        and (all g: 0 <= g and g^2 = 1 - 9*delta^2 => (all x: ones'*x = 0
        => {_LEAST3}*(x'*x) <= x'*Sigma*x and x'*Sigma*x <= {_MOST3}*(x'*x))
        and (some x: ones'*x = 0 and x'*x != 0 and Sigma*x = {_LEAST3}*x)
        and (some x: ones'*x = 0 and x'*x != 0 and Sigma*x = {_MOST3}*x))
        and (some Q: {INVERSE_ROOT}) and (all Q: {INVERSE_ROOT} => {" and ".join(_ENTRIES)})""",
    besides="that the offsets of T2 are the logarithms of these entries, by T2",
)
"""T6."""
