
#ifdef __cplusplus
}
#endif

#endif /* SNOW_H */
