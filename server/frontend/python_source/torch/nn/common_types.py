"""Names for annotations, which nothing reads."""

_scalar_or_tuple_any_t = tuple
_scalar_or_tuple_1_t = tuple
_scalar_or_tuple_2_t = tuple
_scalar_or_tuple_3_t = tuple
_scalar_or_tuple_4_t = tuple
_scalar_or_tuple_5_t = tuple
_scalar_or_tuple_6_t = tuple
_size_any_t = tuple
_size_1_t = tuple
_size_2_t = tuple
_size_3_t = tuple
_size_4_t = tuple
_size_5_t = tuple
_size_6_t = tuple
_size_any_opt_t = tuple
_size_2_opt_t = tuple
_size_3_opt_t = tuple
_ratio_2_t = tuple
_ratio_3_t = tuple
_ratio_any_t = tuple
_tensor_list_t = tuple
_maybe_indices_t = tuple
