/* SPDX-License-Identifier: MIT */
/* Formatted text without a C library, and log lines made of it. No state. */
#include "internals.h"

struct print_output {
	char *buffer;
	size_t size;
	size_t length; /* of the whole text, also of what did not fit */
};

/* One conversion: %, flags, width, length, letter. */
struct print_spec {
	bool left;
	bool zero;
	size_t width;
	bool is_long; /* l or z */
	bool is_long_long;
};

static void print_char(struct print_output *output, char c)
{
	if (output->length + 1 < output->size)
		output->buffer[output->length] = c;
	output->length++;
}

static void print_padded(struct print_output *output,
			 const struct print_spec *spec, const char *text,
			 size_t length)
{
	size_t padding = spec->width > length ? spec->width - length : 0;

	for (size_t i = 0; !spec->left && i < padding; i++)
		print_char(output, spec->zero ? '0' : ' ');
	for (size_t i = 0; i < length; i++)
		print_char(output, text[i]);
	for (size_t i = 0; spec->left && i < padding; i++)
		print_char(output, ' ');
}

/*
 * The next digit by subtraction: a 64-bit division would need a helper of the
 * compiler's library on 32-bit CPUs.
 */
static char print_next_digit(uint64_t *value, uint64_t power)
{
	char digit = '0';

	for (; *value >= power; *value -= power)
		digit++;
	return digit;
}

static size_t print_decimal(char *digits, uint64_t value)
{
	uint64_t powers[20];
	size_t top = 0;
	size_t length = 0;

	powers[0] = 1;
	while (top < 19 && value >= powers[top] * 10) {
		powers[top + 1] = powers[top] * 10;
		top++;
	}
	for (size_t i = top + 1; i-- > 0;)
		digits[length++] = print_next_digit(&value, powers[i]);
	return length;
}

static size_t print_hexadecimal(char *digits, uint64_t value)
{
	size_t length = 1;

	while (length < 16 && (value >> (4 * length)) != 0)
		length++;
	for (size_t i = 0; i < length; i++)
		digits[i] =
			"0123456789abcdef"[(value >> (4 * (length - 1 - i))) &
					   15];
	return length;
}

/* The zeros of a negative number stand behind its sign. */
static void print_signed(struct print_output *output,
			 const struct print_spec *spec, int64_t value)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
	struct print_spec rest = *spec;
	char digits[21];
	size_t sign = 0;

	if (value < 0 && spec->zero) {
		print_char(output, '-');
		rest.width = spec->width > 0 ? spec->width - 1 : 0;
	} else if (value < 0) {
		digits[sign++] = '-';
	}
	print_padded(output, &rest, digits,
		     sign + print_decimal(digits + sign, magnitude));
}

static void print_string(struct print_output *output,
			 const struct print_spec *spec, const char *text)
{
	size_t length = 0;

	if (text == NULL)
		text = "(null)";
	while (text[length] != '\0')
		length++;
	print_padded(output, spec, text, length);
}

static const char *print_parse(const char *format, struct print_spec *spec)
{
	*spec = (struct print_spec){0};
	for (; *format == '-' || *format == '0'; format++) {
		if (*format == '-')
			spec->left = true;
		else
			spec->zero = true;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + (size_t)(*format - '0');
	for (; *format == 'l' || *format == 'z'; format++) {
		spec->is_long_long = spec->is_long;
		spec->is_long = true;
	}
	return format;
}

/* A macro, as a va_list cannot be handed on and still be read here. */
#define PRINT_UNSIGNED_ARGUMENT(spec, arguments)                     \
	((spec).is_long_long ? va_arg(arguments, unsigned long long) \
	 : (spec).is_long    ? va_arg(arguments, unsigned long)      \
			     : va_arg(arguments, unsigned int))
#define PRINT_SIGNED_ARGUMENT(spec, arguments)              \
	((spec).is_long_long ? va_arg(arguments, long long) \
	 : (spec).is_long    ? va_arg(arguments, long)      \
			     : va_arg(arguments, int))

int irqkit_vsnprintf(char *buffer, size_t size, const char *format,
		     va_list arguments)
{
	struct print_output output = {.buffer = buffer, .size = size};
	struct print_spec spec;
	char digits[20];
	char c;

	for (; *format != '\0'; format++) {
		if (*format != '%') {
			print_char(&output, *format);
			continue;
		}
		format = print_parse(format + 1, &spec);
		switch (*format) {
		case 'd':
		case 'i':
			print_signed(&output, &spec,
				     PRINT_SIGNED_ARGUMENT(spec, arguments));
			break;
		case 'u':
			print_padded(&output, &spec, digits,
				     print_decimal(digits,
						   PRINT_UNSIGNED_ARGUMENT(
							   spec, arguments)));
			break;
		case 'x':
			print_padded(&output, &spec, digits,
				     print_hexadecimal(
					     digits, PRINT_UNSIGNED_ARGUMENT(
							     spec, arguments)));
			break;
		case 'p':
			print_string(&output, &(struct print_spec){0}, "0x");
			print_padded(
				&output, &spec, digits,
				print_hexadecimal(
					digits,
					(uintptr_t)va_arg(arguments, void *)));
			break;
		case 'c':
			c = (char)va_arg(arguments, int);
			print_padded(&output, &spec, &c, 1);
			break;
		case 's':
			print_string(&output, &spec,
				     va_arg(arguments, const char *));
			break;
		case '%':
			print_char(&output, '%');
			break;
		case '\0':
			format--;
			break;
		default:
			print_char(&output, '%');
			print_char(&output, *format);
			break;
		}
	}
	if (size > 0)
		buffer[output.length < size ? output.length : size - 1] = '\0';
	return (int)output.length;
}

int irqkit_snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = irqkit_vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}
