"""Arithmetic on what a language model writes: numbers and operators, exact, and bounded in every direction."""

import ast
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow, localcontext
from typing import Final

LONGEST: Final = 200
_SIGNS: Final = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "\u00a0": " "})
_CONTEXT: Final = Context(prec=60, Emax=999, Emin=-999, traps=[DivisionByZero, InvalidOperation, Overflow])
_SHOWN: Final = Context(prec=28)
_BINARY: Final[dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.Mod: lambda left, right: left % right,
    ast.Pow: lambda left, right: left**right,
}


class CalculationError(ValueError):
    """The text is a sentence for whoever wrote the expression."""


def calculate(expression: str) -> str:
    """The value, as digits. Raises CalculationError."""
    text = expression.translate(_SIGNS).strip()
    if len(text) > LONGEST:
        raise CalculationError(f"The expression is longer than {LONGEST} characters. Calculate it in parts.")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise CalculationError(_FORM) from None
    try:
        with localcontext(_CONTEXT):
            value = _value(tree.body, text)
            return _render(value)
    except DivisionByZero:
        raise CalculationError("Nothing can be divided by zero.") from None
    except DecimalException:
        raise CalculationError("The result is too large, too small or no number.") from None


_FORM: Final = "Write numbers with a point for decimals, and + - * / ** % and parentheses between them; nothing else."


def _value(node: ast.expr, text: str) -> Decimal:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            # As it is written: a float would already have lost 0.1.
            written = ast.get_source_segment(text, node) or ""
            try:
                return Decimal(written.replace("_", ""))
            except InvalidOperation:
                raise CalculationError(_FORM) from None
        case ast.BinOp(left, kind, right) if type(kind) in _BINARY:
            return _BINARY[type(kind)](_value(left, text), _value(right, text))
        case ast.UnaryOp(ast.USub(), operand):
            return -_value(operand, text)
        case ast.UnaryOp(ast.UAdd(), operand):
            return _value(operand, text)
        case _:
            raise CalculationError(_FORM)


def _render(value: Decimal) -> str:
    rounded = value if value == value.to_integral_value() else _SHOWN.plus(value)
    digits = format(rounded.normalize(), "f")
    return "0" if digits == "-0" else digits
